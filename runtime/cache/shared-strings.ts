/** V8 shares shorter ones by itself. */
const SHORTEST = 11;
/** Longer ones are hardly ever said twice. */
const LONGEST = 256;
const MOST = 4096;

/**
 * Gives one string for all that are equal: the objects of a kind say the same in most of their fields, and a parser makes each
 * string anew. It remembers so many and then begins again: what has been forgotten is merely stored twice.
 */
export class SharedStrings {
  private readonly known = new Map<string, string>();

  get size(): number {
    return this.known.size;
  }

  of(text: string): string {
    if (text.length < SHORTEST || text.length > LONGEST) return text;
    const known = this.known.get(text);
    if (known !== undefined) return known;
    if (this.known.size === MOST) this.known.clear();
    this.known.set(text, text);
    return text;
  }
}
