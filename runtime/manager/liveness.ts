/** A controller as far as liveness is concerned. */
export interface Working {
  readonly name: string;
  /** How long a pass that was cut off goes on nevertheless, in milliseconds. */
  overdueMs(): number;
}

/** By then every request of a pass has ended at its own deadline, whatever the pass made of being cut off. */
const OVERDUE_MS = 60_000;

/** Pure: why the process had better be started anew, a line each; none when it is well. */
export function livenessProblems(stallMs: number | undefined, controllers: readonly Working[]): string[] {
  const stall = stallMs === undefined ? [] : [`the event loop was blocked for ${seconds(stallMs)} s`];
  const stuck = controllers.filter((one) => one.overdueMs() > OVERDUE_MS);
  return [
    ...stall,
    ...stuck.map((one) => `${one.name}: a pass goes on ${seconds(one.overdueMs())} s after it was cut off`),
  ];
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
