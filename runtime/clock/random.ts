/** Uniform numbers in [0, 1), for jitter only. */
export interface Random {
  next(): number;
}

/** Injection token of {@link Random}. */
export const Random = Symbol.for('runtime.Random');

/** The machine's random numbers; not fit for secrets. */
export const systemRandom: Random = { next: () => Math.random() };
