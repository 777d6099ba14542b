/** What went wrong between us and a registry. */
export type RegistryProblem = 'NotFound' | 'Unauthorized' | 'Unavailable' | 'Untrusted' | 'Invalid';

/** A registry did not give what was asked for. Messages carry no credentials. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';

  constructor(
    message: string,
    /** `Unavailable` is worth another try. */
    readonly problem: RegistryProblem,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
