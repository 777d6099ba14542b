import { expect } from 'chai';
import fc from 'fast-check';
import { linesOf } from './lines.js';

async function* chunksOf(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function read(text: string, size: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(chunksOf(Buffer.from(text), size))) lines.push(line);
  return lines;
}

describe('linesOf', () => {
  it('finds the same lines however the bytes are cut', async () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\n\r]/.test(text) && text.trim() !== '');
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 7 }), async (lines, size) => {
        expect(await read(lines.map((one) => `${one}\n`).join(''), size)).to.deep.equal(lines);
      }),
      { numRuns: 60 },
    );
  });

  it('drops a line that was cut off', async () => {
    expect(await read('{"a":1}\n{"b":', 4)).to.deep.equal(['{"a":1}']);
  });

  it('skips empty lines', async () => {
    expect(await read('a\n\n\r\nb\n', 3)).to.deep.equal(['a', 'b']);
  });
});
