/** A plan that is known to violate something; the battery fails when it no longer does. */
export interface KnownViolation {
  readonly workload: string;
  readonly plan: string;
  /** What is wrong, why it is borne, and what would end it. */
  readonly because: string;
}

export const KNOWN_VIOLATIONS: readonly KnownViolation[] = [];
