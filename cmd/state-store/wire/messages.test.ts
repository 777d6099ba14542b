import { expect } from 'chai';
import { Double, Int32, Long, deserialize, serialize } from 'bson';
import { message, opMessage, opQuery } from '../../../test/support/wire-client.js';
import { ProtocolError } from './command-error.js';
import { FrameReader } from './frames.js';
import type { Request } from './messages.js';
import { encodeReply, parseRequest } from './messages.js';

function parsed(bytes: Buffer): Request {
  const frames = new FrameReader(() => 1_000_000);
  frames.push(bytes);
  return parseRequest(frames.next()!);
}

describe('parseRequest', () => {
  it('reads a command with its document sequences', () => {
    const request = parsed(opMessage(5, { insert: 'runs', $db: 'porter', '%documents': [{ a: 1 }, { a: 2 }] }));
    expect(request).to.include({ id: 5, name: 'insert', database: 'porter', expectsReply: true, legacy: false });
    expect(request.body['documents']).to.deep.equal([{ a: new Int32(1) }, { a: new Int32(2) }]);
  });

  it('keeps the types of numbers', () => {
    const { body } = parsed(opMessage(1, { ping: new Double(1), n: Long.fromNumber(1), $db: 'admin' }));
    expect(body['ping']).to.be.instanceOf(Double);
    expect(body['n']).to.be.instanceOf(Long);
  });

  it('notices that no answer is wanted', () => {
    expect(parsed(opMessage(1, { ping: 1, $db: 'a' }, 2)).expectsReply).to.equal(false);
  });

  it('reads the greeting of a driver that does not know the server yet', () => {
    const request = parsed(opQuery(3, 'admin.$cmd', { isMaster: 1, helloOk: true }));
    expect(request).to.include({ name: 'isMaster', database: 'admin', legacy: true });
  });

  const refused: Record<string, Buffer> = {
    'an unknown op code': message(1, 2012, Buffer.alloc(30)),
    'an empty message': message(1, 2013, Buffer.alloc(0)),
    'a message without a body': message(1, 2013, Buffer.alloc(4)),
    'a checksum': opMessage(1, { ping: 1, $db: 'a' }, 1),
    'an unknown required flag': opMessage(1, { ping: 1, $db: 'a' }, 8),
    'a command without a database': opMessage(1, { ping: 1 }),
    'a sequence that is also in the body': opMessage(1, { insert: 'a', documents: [], $db: 'a', '%documents': [{}] }),
    'an empty command': opMessage(1, {}),
    'an old query on a collection': opQuery(1, 'porter.runs', { a: 1 }),
    'a document longer than its message': message(1, 2013, Buffer.from([0, 0, 0, 0, 0, 99, 0, 0, 0, 0])),
    'two bodies': message(
      1,
      2013,
      Buffer.concat([Buffer.alloc(5), serialize({ ping: 1, $db: 'a' }), Buffer.of(0), serialize({ a: 1 })]),
    ),
    'a section of an unknown kind': message(1, 2013, Buffer.concat([Buffer.alloc(4), Buffer.of(2), serialize({})])),
    'a sequence whose name does not end': message(
      1,
      2013,
      Buffer.concat([Buffer.alloc(4), Buffer.from([1, 8, 0, 0, 0, 65, 65, 65, 65])]),
    ),
  };
  for (const [what, bytes] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      expect(() => parsed(bytes)).to.throw(ProtocolError);
    });
  }

  it('refuses nesting so deep that it cannot be read', () => {
    let nested = Buffer.from(serialize({}));
    const depth = 200_000;
    const open = Buffer.from([3, 97, 0]);
    const parts: Buffer[] = [];
    let size = nested.length;
    for (let level = 0; level < depth; level += 1) size += 4 + 3 + 1;
    for (let level = 0, left = size; level < depth; level += 1, left -= 8) {
      const head = Buffer.alloc(4);
      head.writeInt32LE(left);
      parts.push(head, open);
    }
    nested = Buffer.concat([...parts, nested, Buffer.alloc(depth)]);
    const frames = new FrameReader(() => 10_000_000);
    frames.push(message(1, 2013, Buffer.concat([Buffer.alloc(5), nested])));
    expect(() => parseRequest(frames.next()!)).to.throw(ProtocolError);
  });

  it('does not let a sequence change the prototype of objects', () => {
    const { body } = parsed(opMessage(1, { insert: 'a', $db: 'b', '%__proto__': [{ polluted: true }] }));
    expect(Object.getPrototypeOf(body)).to.equal(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });
});

describe('encodeReply', () => {
  it('answers in the form in which it was asked', () => {
    const old = encodeReply(parsed(opQuery(3, 'admin.$cmd', { isMaster: 1 })), 1, { ok: 1 });
    expect(old.readInt32LE(12)).to.equal(1);
    expect(old.readInt32LE(32)).to.equal(1);
    expect(deserialize(old.subarray(36))).to.deep.equal({ ok: 1 });
    const modern = encodeReply(parsed(opMessage(4, { ping: 1, $db: 'a' })), 2, { ok: 1 });
    expect([modern.readInt32LE(8), modern.readInt32LE(12)]).to.deep.equal([4, 2013]);
    expect(deserialize(modern.subarray(21))).to.deep.equal({ ok: 1 });
  });
});
