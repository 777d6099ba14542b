/** What a request to the API server is about, as RBAC would say it. */
export interface ApiRequest {
  readonly verb: Verb;
  /** Plural of the kind, with its subresource: `agentactions/status`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** Created, but nothing of them is kept. */
const REVIEWS = /(access|token|rules)reviews$/;

/** Undefined: not about objects, such as discovery and health. `url` is the path with its query. */
export function apiRequestOf(method: string, url: string): ApiRequest | undefined {
  const { pathname, searchParams } = new URL(url, 'https://server');
  const parts = pathname.split('/').filter((part) => part !== '');
  const rest = parts[0] === 'api' ? parts.slice(2) : parts[0] === 'apis' ? parts.slice(3) : [];
  const isInNamespace = rest[0] === 'namespaces' && rest.length > 2;
  const [plural, name, ...subresource] = isInNamespace ? rest.slice(2) : rest;
  if (plural === undefined) return undefined;
  return {
    verb: verbOf(method, name !== undefined, searchParams.get('watch') === 'true'),
    resource: [plural, ...subresource].join('/'),
    ...(isInNamespace && { namespace: rest[1] }),
    ...(name !== undefined && { name }),
  };
}

/** Whether it changes what is stored. */
export function isWrite({ verb, resource }: ApiRequest): boolean {
  return WRITES.has(verb) && !REVIEWS.test(resource);
}

function verbOf(method: string, hasName: boolean, watches: boolean): Verb {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return hasName ? 'delete' : 'deletecollection';
    default:
      return watches ? 'watch' : hasName ? 'get' : 'list';
  }
}
