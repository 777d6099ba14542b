import type { KubernetesJson } from '../../runtime/client/index.js';

/**
 * What an operator may know of: only the namespaces of its own lane, so that several operators work on one control plane
 * as if each had one of its own. Of a namespace that is being cleaned up it only hears what goes away.
 */
export class Scope {
  /** The namespace of the plan under way, whose requests and events are counted. */
  current = '';
  private readonly watched = new Set<string>();

  /** How the names of the namespaces of all lanes begin, and of this one. */
  constructor(
    private readonly all: string,
    private readonly own: string,
  ) {}

  enter(namespace: string): void {
    this.current = namespace;
    this.watched.add(namespace);
  }

  /** Nothing more is expected there. */
  leave(namespace: string): void {
    this.watched.delete(namespace);
  }

  /** Everything of namespaces that are no lane's: the operator's own. */
  sees(namespace: string | undefined): boolean {
    return namespace?.startsWith(this.all) !== true || this.watched.has(namespace);
  }

  /** Whether the end of something is heard, though nothing else is. */
  hearsEnd(namespace: string | undefined): boolean {
    return this.sees(namespace) || namespace?.startsWith(this.own) === true;
  }

  seesObject({ metadata }: KubernetesJson): boolean {
    return this.sees(metadata.namespace);
  }

  /** The namespace that a line of a watch is about, without reading all of it. */
  static namespaceOf(line: string): string | undefined {
    return /"namespace":"([^"]*)"/.exec(line)?.[1];
  }
}
