/** What kubelet takes of a termination message, in bytes. */
const LIMIT = 4096;

/** `Error: …`, as the log's last line has it, cut at a whole character. */
export function terminationMessage(message: string): string {
  const text = Buffer.from(`Error: ${message}`);
  return text.length <= LIMIT
    ? text.toString()
    : text
        .subarray(0, LIMIT)
        .toString()
        .replace(/\uFFFD+$/, '');
}
