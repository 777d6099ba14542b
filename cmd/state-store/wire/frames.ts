import { ProtocolError } from './command-error.js';

/** Length, request id, response-to and op code, each a little-endian int32. */
export const HEADER_BYTES = 16;

/** Largest document that a client may send. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** Largest message: one document of the largest size and room for what surrounds it. */
export const MAX_MESSAGE_BYTES = MAX_DOCUMENT_BYTES + 64 * 1024;
/** Largest message of a client that has not said who it is: a greeting or a step of a login. */
export const MAX_ANONYMOUS_MESSAGE_BYTES = 16 * 1024;

/** One message as it stood on the wire. */
export interface Frame {
  readonly requestId: number;
  readonly opCode: number;
  /** What follows the header. */
  readonly body: Buffer;
}

/** Cuts a stream of bytes into messages. `limit` says how large the next one may be, header included. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private buffered = 0;
  private wanted = HEADER_BYTES;

  constructor(private readonly limit: () => number) {}

  /** True while part of a message is waiting for the rest. */
  get incomplete(): boolean {
    return this.buffered > 0;
  }

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
  }

  /** The next whole message, if it is there; throws {@link ProtocolError} when its length is impossible. */
  next(): Frame | undefined {
    if (this.buffered < this.wanted) return undefined;
    const bytes = this.joined();
    const length = bytes.readInt32LE(0);
    if (length < HEADER_BYTES || length > this.limit()) throw new ProtocolError(`message of ${length} bytes`);
    this.wanted = length;
    if (bytes.length < length) return undefined;
    this.keep(bytes.subarray(length));
    return {
      requestId: bytes.readInt32LE(4),
      opCode: bytes.readInt32LE(12),
      body: bytes.subarray(HEADER_BYTES, length),
    };
  }

  private joined(): Buffer {
    const [first] = this.chunks;
    const bytes = first !== undefined && this.chunks.length === 1 ? first : Buffer.concat(this.chunks);
    this.chunks = [bytes];
    return bytes;
  }

  private keep(rest: Buffer): void {
    this.chunks = rest.length > 0 ? [rest] : [];
    this.buffered = rest.length;
    this.wanted = HEADER_BYTES;
  }
}

/** The bytes of a message in answer to `responseTo`. */
export function frameOf(opCode: number, ids: { requestId: number; responseTo: number }, body: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + body.length, 0);
  header.writeInt32LE(ids.requestId, 4);
  header.writeInt32LE(ids.responseTo, 8);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, body]);
}
