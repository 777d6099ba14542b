/** The agent is gone at this very moment; not an error that it could handle. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** Counts everything that the agent asks of the world outside, and can end it before or after the n-th of them. */
export class Steps {
  count = 0;
  /** The step whose effect comes about, but whose reply does not come. */
  lost = 0;
  private crashAt?: { readonly step: number; readonly when: 'before' | 'after' };

  /** From now on; the n-th step counted from here. */
  crash(step: number, when: 'before' | 'after'): void {
    this.count = 0;
    this.crashAt = { step, when };
  }

  calm(): void {
    this.count = 0;
    this.lost = 0;
    this.crashAt = undefined;
  }

  /** Once crashed, nothing else has any effect. */
  async take<T>(effect: () => T, lostReply: () => Error): Promise<T> {
    const step = ++this.count;
    await Promise.resolve();
    const { crashAt } = this;
    if (crashAt !== undefined && (step > crashAt.step || (step === crashAt.step && crashAt.when === 'before'))) {
      throw new Crash(`crashed at step ${step}`);
    }
    const result = effect();
    if (this.lost === step) throw lostReply();
    if (crashAt?.step === step) throw new Crash(`crashed after step ${step}`);
    return result;
  }
}
