import type { Document } from 'bson';
import { decodeFaithful, encode } from './bson-codec.js';
import { ProtocolError } from './command-error.js';
import type { Frame } from './frames.js';
import { frameOf } from './frames.js';

export const OpCode = { Reply: 1, Query: 2004, Message: 2013 } as const;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** Flags below bit 16 must be understood by whom they are sent to. */
const REQUIRED_FLAGS = 0xffff;

/** A command as a client sent it. */
export interface Request {
  readonly id: number;
  /** The command's name is the first key of its body. */
  readonly name: string;
  readonly database: string;
  /** Values have BSON's types; what came as a document sequence is an array under its name. */
  readonly body: Document;
  /** False when the client does not listen for an answer. */
  readonly expectsReply: boolean;
  /** Sent as OP_QUERY, the way of drivers that do not know yet whom they talk to. */
  readonly legacy: boolean;
}

/** Reads a request; throws {@link ProtocolError} for anything that is not one. */
export function parseRequest(frame: Frame): Request {
  try {
    if (frame.opCode === OpCode.Message) return parseMessage(frame);
    if (frame.opCode === OpCode.Query) return parseQuery(frame);
  } catch (error) {
    throw new ProtocolError(`malformed message: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new ProtocolError(`op code ${frame.opCode}`);
}

/** The bytes of the answer to a request, in the form in which it was asked. */
export function encodeReply(request: Request, requestId: number, reply: Document): Buffer {
  const ids = { requestId, responseTo: request.id };
  const document = encode(reply);
  if (!request.legacy) return frameOf(OpCode.Message, ids, Buffer.concat([Buffer.alloc(5), document]));
  const head = Buffer.alloc(20);
  // No flags, no cursor, from the start; one document.
  head.writeInt32LE(1, 16);
  return frameOf(OpCode.Reply, ids, Buffer.concat([head, document]));
}

function parseMessage(frame: Frame): Request {
  const { body: bytes } = frame;
  const flags = bytes.readUInt32LE(0);
  if ((flags & REQUIRED_FLAGS & ~MORE_TO_COME) !== 0) {
    throw new ProtocolError((flags & CHECKSUM_PRESENT) !== 0 ? 'checksums are not supported' : 'unknown flags');
  }
  const { body, sequences } = parseSections(bytes.subarray(4));
  for (const [name, documents] of sequences) {
    if (Object.hasOwn(body, name)) throw new ProtocolError(`${name} is given twice`);
    setOwn(body, name, documents);
  }
  const database: unknown = body['$db'];
  if (typeof database !== 'string') throw new ProtocolError('$db is missing');
  return { id: frame.requestId, ...named(body, database), expectsReply: (flags & MORE_TO_COME) === 0, legacy: false };
}

/** One body (kind 0) and any number of document sequences (kind 1), in any order. */
function parseSections(bytes: Buffer): { body: Document; sequences: Map<string, Document[]> } {
  let body: Document | undefined;
  const sequences = new Map<string, Document[]>();
  for (let offset = 0; offset < bytes.length;) {
    const kind = bytes.readUInt8(offset);
    const section = sized(bytes, offset + 1);
    offset += 1 + section.length;
    if (kind === 0 && body === undefined) body = decodeFaithful(section);
    else if (kind === 1) addSequence(sequences, section);
    else throw new ProtocolError(`section of kind ${kind}`);
  }
  if (body === undefined) throw new ProtocolError('no body');
  return { body, sequences };
}

function addSequence(sequences: Map<string, Document[]>, section: Buffer): void {
  const end = section.indexOf(0, 4);
  if (end < 0) throw new ProtocolError('sequence without a name');
  const name = section.toString('utf8', 4, end);
  if (sequences.has(name)) throw new ProtocolError(`${name} is given twice`);
  const documents: Document[] = [];
  for (let offset = end + 1; offset < section.length;) {
    const bytes = sized(section, offset);
    offset += bytes.length;
    documents.push(decodeFaithful(bytes));
  }
  sequences.set(name, documents);
}

function parseQuery(frame: Frame): Request {
  const { body: bytes } = frame;
  const end = bytes.indexOf(0, 4);
  const collection = end < 0 ? '' : bytes.toString('utf8', 4, end);
  if (!collection.endsWith('.$cmd')) throw new ProtocolError('OP_QUERY other than a command');
  // Numbers of documents to skip and to return are between the name and the document.
  const query = decodeFaithful(sized(bytes, end + 1 + 8));
  const wrapped: unknown = query['$query'];
  const body = typeof wrapped === 'object' && wrapped !== null ? (wrapped as Document) : query;
  const database = collection.slice(0, -'.$cmd'.length);
  return { id: frame.requestId, ...named(body, database), expectsReply: true, legacy: true };
}

function named(body: Document, database: string): { name: string; database: string; body: Document } {
  const [name] = Object.keys(body);
  if (name === undefined) throw new ProtocolError('empty command');
  return { name, database, body };
}

/** The part that starts at `offset` and says its own length in its first four bytes. */
function sized(bytes: Buffer, offset: number): Buffer {
  const length = bytes.readInt32LE(offset);
  if (length < 5 || offset + length > bytes.length) throw new ProtocolError(`part of ${length} bytes`);
  return bytes.subarray(offset, offset + length);
}

/** `__proto__` as a name must become a key like any other. */
function setOwn(target: Document, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
