import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Document } from 'bson';
import { deserialize, serialize } from 'bson';

/** The bytes of a command as OP_MSG; keys that begin with % become document sequences. */
export function opMessage(id: number, command: Document, flags = 0): Buffer {
  const body: Document = {};
  const sequences: Buffer[] = [];
  for (const [name, value] of Object.entries(command)) {
    if (name.startsWith('%')) sequences.push(sequence(name.slice(1), value as Document[]));
    else body[name] = value as unknown;
  }
  const head = Buffer.alloc(4);
  head.writeUInt32LE(flags);
  return message(id, 2013, Buffer.concat([head, Buffer.of(0), serialize(body), ...sequences]));
}

/** The bytes of a command as OP_QUERY, the way of drivers that do not know yet whom they talk to. */
export function opQuery(id: number, collection: string, command: Document): Buffer {
  const head = Buffer.alloc(4);
  const limits = Buffer.alloc(8);
  limits.writeInt32LE(-1, 4);
  return message(id, 2004, Buffer.concat([head, Buffer.from(`${collection}\0`), limits, serialize(command)]));
}

/** Any message: `opCode` and what follows the header. */
export function message(id: number, opCode: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + body.length, 0);
  header.writeInt32LE(id, 4);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, body]);
}

/** One answer. */
export interface Reply {
  readonly responseTo: number;
  readonly opCode: number;
  readonly body: Document;
}

/** Speaks the protocol over a socket, byte by byte as a test wants it. */
export class WireClient {
  private buffered = Buffer.alloc(0);

  constructor(readonly socket: Socket) {
    socket.on('error', () => undefined);
  }

  async ask(bytes: Buffer): Promise<Reply> {
    this.socket.write(bytes);
    return this.reply();
  }

  /** The next answer; throws when the connection ends before it. */
  async reply(): Promise<Reply> {
    while (this.buffered.length < 16 || this.buffered.length < this.buffered.readInt32LE(0)) {
      const heard = new AbortController();
      const { signal } = heard;
      const chunk = await Promise.race([
        once(this.socket, 'data', { signal }).then(([data]) => data as Buffer),
        once(this.socket, 'close', { signal }).then(() => undefined),
      ]).finally(() => heard.abort());
      if (chunk === undefined) throw new Error('the connection was closed');
      this.buffered = Buffer.concat([this.buffered, chunk]);
    }
    const length = this.buffered.readInt32LE(0);
    const bytes = this.buffered.subarray(0, length);
    this.buffered = this.buffered.subarray(length);
    const opCode = bytes.readInt32LE(12);
    const body = deserialize(bytes.subarray(opCode === 1 ? 36 : 21), { promoteValues: false });
    return { responseTo: bytes.readInt32LE(8), opCode, body };
  }
}

function sequence(name: string, documents: readonly Document[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map((document) => serialize(document))]);
  const head = Buffer.alloc(5);
  head.writeUInt8(1, 0);
  head.writeInt32LE(4 + content.length, 1);
  return Buffer.concat([head, content]);
}
