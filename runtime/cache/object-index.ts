import type { KubernetesJson, Stored } from '../client/index.js';

/** What an object is found by; must be pure. */
export type IndexValues = (object: Stored<KubernetesJson>) => readonly string[];

/** Objects by the values that a function gives for them. One for which it throws is found by nothing. */
export class ObjectIndex {
  private readonly byValue = new Map<string, Map<string, Stored<KubernetesJson>>>();

  /** `failed` hears of an object that came and for which `values` throws. */
  constructor(
    readonly values: IndexValues,
    private readonly failed: (error: unknown, object: Stored<KubernetesJson>) => void,
  ) {}

  find(value: string): readonly Stored<KubernetesJson>[] {
    return [...(this.byValue.get(value)?.values() ?? [])];
  }

  add(key: string, object: Stored<KubernetesJson>): void {
    for (const value of this.valuesOf(object, this.failed)) {
      const objects = this.byValue.get(value) ?? new Map<string, Stored<KubernetesJson>>();
      this.byValue.set(value, objects.set(key, object));
    }
  }

  remove(key: string, object: Stored<KubernetesJson>): void {
    for (const value of this.valuesOf(object)) {
      const objects = this.byValue.get(value);
      objects?.delete(key);
      if (objects?.size === 0) this.byValue.delete(value);
    }
  }

  /** One object that is not as its kind should be must not hide all others. */
  private valuesOf(object: Stored<KubernetesJson>, failed?: typeof this.failed): readonly string[] {
    try {
      return this.values(object);
    } catch (error) {
      failed?.(error, object);
      return [];
    }
  }
}
