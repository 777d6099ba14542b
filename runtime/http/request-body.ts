import type { IncomingMessage } from 'node:http';
import { RefusedRequest } from './answers.js';

/** How much of a request is read, and for how long it is waited for. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly deadlineMs: number;
}

/** The rest of the request is not read: the connection is of no use any more. */
const LAST = { connection: 'close' } as const;

/**
 * The body as text. Rejects with {@link RefusedRequest} when it is too large (413), does not come to its end in time (408)
 * or is no UTF-8 (400).
 */
export async function bodyOf(request: IncomingMessage, { maxBytes, deadlineMs }: BodyLimits): Promise<string> {
  const tooLarge = new RefusedRequest(413, `the body is larger than ${maxBytes} bytes`, LAST);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge;
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const tooSlow = () => reject(new RefusedRequest(408, `the body did not come within ${deadlineMs} ms`, LAST));
    const timer = setTimeout(tooSlow, deadlineMs);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else reject(tooLarge);
    });
    request.on('close', () => clearTimeout(timer));
    request.on('error', reject);
    request.on('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RefusedRequest(400, 'the body is not UTF-8');
  }
}
