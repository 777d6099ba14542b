import { parseKey } from '../client/index.js';

/** Distinct keys in order of arrival within a namespace, and the namespaces in turn. */
export class FairKeys {
  /** The namespace that is next comes first. */
  private readonly namespaces = new Map<string, Set<string>>();
  size = 0;

  has(key: string): boolean {
    return this.namespaces.get(namespaceOf(key))?.has(key) ?? false;
  }

  add(key: string): void {
    if (this.has(key)) return;
    const namespace = namespaceOf(key);
    const keys = this.namespaces.get(namespace);
    if (keys === undefined) this.namespaces.set(namespace, new Set([key]));
    else keys.add(key);
    this.size++;
  }

  delete(key: string): void {
    const namespace = namespaceOf(key);
    const keys = this.namespaces.get(namespace);
    if (keys?.delete(key) !== true) return;
    this.size--;
    if (keys.size === 0) this.namespaces.delete(namespace);
  }

  /** The next key, which is then no longer here; its namespace goes to the end of the line. */
  take(): string | undefined {
    for (const [namespace, keys] of this.namespaces) {
      for (const key of keys) {
        this.delete(key);
        if (this.namespaces.delete(namespace)) this.namespaces.set(namespace, keys);
        return key;
      }
    }
    return undefined;
  }
}

function namespaceOf(key: string): string {
  return parseKey(key).namespace ?? '';
}
