/** Thrown where only a person can mend it: the object is told to be stalled and is not tried again by itself. */
export class TerminalError extends Error {
  /** `reason` is a CamelCase word; `message` says what to do. */
  constructor(
    readonly reason: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TerminalError';
  }
}
