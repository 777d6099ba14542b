import { StringDecoder } from 'node:string_decoder';

/**
 * The whole lines of a byte stream. A line cut off by the end of the stream is dropped: a watch resumes after the last
 * whole event.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
  }
}
