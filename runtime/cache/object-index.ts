import type { KubernetesJson, Stored } from '../client/index.js';
import { keyOf, keyText } from '../client/index.js';

/** What an object is found by; must be pure. */
export type IndexValues = (object: Stored<KubernetesJson>) => readonly string[];

type Kept = Stored<KubernetesJson>;

/** Objects by the values that a function gives for them. One for which it throws is found by nothing. */
export class ObjectIndex {
  /** Most values lead to one object: a map for each of them would take more memory than many an object. */
  private readonly byValue = new Map<string, Kept | Map<string, Kept>>();

  /** `failed` hears of an object that came and for which `values` throws. */
  constructor(
    readonly values: IndexValues,
    private readonly failed: (error: unknown, object: Kept) => void,
  ) {}

  find(value: string): readonly Kept[] {
    const found = this.byValue.get(value);
    if (found === undefined) return [];
    return found instanceof Map ? [...found.values()] : [found];
  }

  add(key: string, object: Kept): void {
    for (const value of this.valuesOf(object, this.failed)) {
      const found = this.byValue.get(value);
      if (found instanceof Map) found.set(key, object);
      else if (found === undefined || nameOf(found) === key) this.byValue.set(value, object);
      else this.byValue.set(value, new Map<string, Kept>().set(nameOf(found), found).set(key, object));
    }
  }

  remove(key: string, object: Kept): void {
    for (const value of this.valuesOf(object)) {
      const found = this.byValue.get(value);
      if (!(found instanceof Map)) {
        if (found !== undefined && nameOf(found) === key) this.byValue.delete(value);
        continue;
      }
      found.delete(key);
      const [last] = found.values();
      if (last !== undefined && found.size === 1) this.byValue.set(value, last);
    }
  }

  /** One object that is not as its kind should be must not hide all others. */
  private valuesOf(object: Kept, failed?: typeof this.failed): readonly string[] {
    try {
      return this.values(object);
    } catch (error) {
      failed?.(error, object);
      return [];
    }
  }
}

const nameOf = (object: Kept): string => keyText(keyOf(object));
