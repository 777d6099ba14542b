import type { KubernetesJson, Stored } from '../client/index.js';

/** What an object is found by; must be pure. */
export type IndexValues = (object: Stored<KubernetesJson>) => readonly string[];

/** Objects by the values that a function gives for them. */
export class ObjectIndex {
  private readonly byValue = new Map<string, Map<string, Stored<KubernetesJson>>>();

  constructor(readonly values: IndexValues) {}

  find(value: string): readonly Stored<KubernetesJson>[] {
    return [...(this.byValue.get(value)?.values() ?? [])];
  }

  add(key: string, object: Stored<KubernetesJson>): void {
    for (const value of this.values(object)) {
      const objects = this.byValue.get(value) ?? new Map<string, Stored<KubernetesJson>>();
      this.byValue.set(value, objects.set(key, object));
    }
  }

  remove(key: string, object: Stored<KubernetesJson>): void {
    for (const value of this.values(object)) {
      const objects = this.byValue.get(value);
      objects?.delete(key);
      if (objects?.size === 0) this.byValue.delete(value);
    }
  }
}
