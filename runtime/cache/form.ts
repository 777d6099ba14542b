import type { KubernetesJson, Resource, Stored } from '../client/index.js';
import { apiVersionOf } from '../client/index.js';
import { SharedStrings } from './shared-strings.js';

/** Which part of a resource is kept. All controllers that watch one resource must agree on it. */
export interface WatchOptions {
  /** Only objects with these labels, as in `kubectl -l`. */
  labelSelector?: string;
  /** Only `metadata`; `spec`, `status` and `data` stay on the server. */
  metadataOnly?: boolean;
  /** Drops what no reconciler reads, before the object is kept; must not touch `metadata`. */
  transform?: (object: KubernetesJson) => KubernetesJson;
}

/** Whether two controllers ask for the same part, so that one informer serves both. */
export function sameForm(a: WatchOptions, b: WatchOptions): boolean {
  return (
    a.labelSelector === b.labelSelector &&
    (a.metadataOnly ?? false) === (b.metadataOnly ?? false) &&
    a.transform === b.transform
  );
}

type Metadata = Stored<KubernetesJson>['metadata'] & { managedFields?: unknown };

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const strings = new SharedStrings();

/**
 * The form in which an object fresh from the server is kept: without what is most of its memory and nobody reads, with
 * the kind that items of a list do not carry, with strings that are shared with other objects, and frozen, since everybody
 * shares it. Changes the object given.
 */
export function keepable(
  resource: Resource,
  object: Stored<KubernetesJson>,
  transform?: (object: KubernetesJson) => KubernetesJson,
): Stored<KubernetesJson> {
  object.metadata = withoutUnread(object.metadata);
  object.apiVersion = apiVersionOf(resource);
  object.kind = resource.kind;
  const kept = transform === undefined ? object : (transform(object) as Stored<KubernetesJson>);
  compact(kept);
  return kept;
}

/** A copy: an object from which a field is deleted takes several times the memory in V8 for ever after. */
function withoutUnread(metadata: Metadata): Metadata {
  const { managedFields: _, ...read } = metadata;
  if (read.annotations?.[LAST_APPLIED] === undefined) return read;
  const { [LAST_APPLIED]: __, ...annotations } = read.annotations;
  return { ...read, annotations };
}

/** Shares the strings and freezes, down to the bottom, which may be deeper than calls can be nested. */
function compact(root: unknown): void {
  const left = [root];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) continue;
    const fields = value as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      const inner = fields[name];
      if (typeof inner === 'string') fields[name] = strings.of(inner);
      else left.push(inner);
    }
    Object.freeze(value);
  }
}
