/** The server knows something that the cache does not know yet, and that decides: look again when it does. */
export class StaleViewError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StaleViewError';
  }
}
