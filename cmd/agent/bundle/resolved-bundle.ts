import type { Bundle } from '../../../integrations/porter/index.js';

/** A bundle as it is in its registry at this moment. */
export interface ResolvedBundle {
  /** As it was asked for, with registry and tag or digest; kept in records. */
  readonly reference: string;
  /** Digest of the bundle's index. */
  readonly digest: string;
  readonly definition: Bundle;
  /** bundle.json as it was fetched. */
  readonly text: string;
  /** Pull specification of the invocation image, by digest. */
  readonly image: string;
  /** Where each image that the bundle names is now; for images that were moved with the bundle. */
  readonly relocations: Readonly<Record<string, string>>;
}
