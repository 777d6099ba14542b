/** What kubelet takes of a termination message, in bytes. */
const LIMIT = 4096;

/** What a container leaves as its last words, cut at a whole character. */
export function terminationMessage(words: string): string {
  const text = Buffer.from(words);
  return text.length <= LIMIT
    ? text.toString()
    : text
        .subarray(0, LIMIT)
        .toString()
        .replace(/\uFFFD+$/, '');
}
