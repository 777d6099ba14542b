import type { KubernetesJson, Stored } from './objects.js';
import { collectionPath } from './paths.js';
import type { Transport } from './request.js';
import type { Resource } from './resource.js';

/** Which objects to list; all namespaces when none is named. */
export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Objects come as `PartialObjectMetadata`. */
  metadataOnly?: boolean;
  signal?: AbortSignal;
}

/** One page of a list, all pages being of the same moment. */
export interface ListPage<T extends KubernetesJson> {
  items: Stored<T>[];
  /** From here a watch can go on. */
  resourceVersion: string;
}

/** Objects per page: about 3 MB of JSON and 50 ms of parsing at 6 KB each. */
const PAGE_SIZE = 500;

/** A page over a slow line takes its time. */
const PAGE_DEADLINE_MS = 60_000;

/** For lists and watches of `metadata` alone. */
export const METADATA_ONLY = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
} as const;

/** Lets other work run between pages. */
export async function* listPages<T extends KubernetesJson>(
  transport: Transport,
  resource: Resource<T>,
  options: ListOptions,
): AsyncIterable<ListPage<T>> {
  let next: string | undefined;
  do {
    const { labelSelector, fieldSelector } = options;
    const body = await transport.send({
      method: 'GET',
      path: collectionPath(resource, options.namespace),
      query: { limit: PAGE_SIZE, continue: next, labelSelector, fieldSelector },
      accept: options.metadataOnly === true ? METADATA_ONLY.list : undefined,
      repeatable: true,
      signal: options.signal,
      deadlineMs: PAGE_DEADLINE_MS,
    });
    const page = parseList<T>(resource, body);
    yield { items: page.items, resourceVersion: page.metadata.resourceVersion };
    next = page.metadata.continue === '' ? undefined : page.metadata.continue;
  } while (next !== undefined);
}

interface RawList<T extends KubernetesJson> {
  metadata: { resourceVersion: string; continue?: string };
  items: Stored<T>[];
}

/** A reply that is no list, such as a load balancer's page, must never pass for an empty one. */
function parseList<T extends KubernetesJson>(resource: Resource<T>, body: string): RawList<T> {
  const list = JSON.parse(body) as Partial<RawList<T>>;
  if (!Array.isArray(list.items) || typeof list.metadata?.resourceVersion !== 'string') {
    throw new Error(`the reply to a list of ${resource.plural} is not a list`);
  }
  return list as RawList<T>;
}
