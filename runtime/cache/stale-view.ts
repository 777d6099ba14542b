/** The server has something that the cache has not seen yet, and that decides: look again when it has. */
export class StaleViewError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StaleViewError';
  }
}
