import { expect } from 'chai';
import fc from 'fast-check';
import { message } from '../../../test/support/wire-client.js';
import { ProtocolError } from './command-error.js';
import { FrameReader, frameOf } from './frames.js';

const reader = (limit = 1000): FrameReader => new FrameReader(() => limit);

describe('FrameReader', () => {
  it('gives the same messages however the bytes are cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 40 })), (contents, cuts) => {
        const bytes = Buffer.concat(contents.map((content, index) => message(index, 2013, content)));
        const frames = reader();
        const seen: string[] = [];
        for (let offset = 0, turn = 0; offset < bytes.length; turn += 1) {
          const end = offset + (cuts[turn % (cuts.length || 1)] ?? 7);
          frames.push(bytes.subarray(offset, end));
          for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
            seen.push(`${frame.requestId} ${frame.opCode} ${frame.body.toString('hex')}`);
          }
          offset = end;
        }
        expect(seen).to.deep.equal(
          contents.map((content, index) => `${index} 2013 ${Buffer.from(content).toString('hex')}`),
        );
        expect(frames.incomplete).to.equal(false);
      }),
    );
  });

  it('waits for the rest of a message', () => {
    const frames = reader();
    frames.push(message(1, 2013, Buffer.alloc(10)).subarray(0, 20));
    expect(frames.next()).to.equal(undefined);
    expect(frames.incomplete).to.equal(true);
  });

  for (const length of [-1, 0, 15, 1001, 0x7fffffff]) {
    it(`refuses a message that claims to be ${length} bytes long before it is there`, () => {
      const bytes = message(1, 2013, Buffer.alloc(10));
      bytes.writeInt32LE(length, 0);
      const frames = reader();
      frames.push(bytes);
      expect(() => frames.next()).to.throw(ProtocolError);
    });
  }

  it('asks for the limit anew for each message', () => {
    let limit = 50;
    const frames = new FrameReader(() => limit);
    frames.push(message(1, 2013, Buffer.alloc(30)));
    frames.push(message(2, 2013, Buffer.alloc(90)));
    expect(frames.next()?.requestId).to.equal(1);
    limit = 200;
    expect(frames.next()?.requestId).to.equal(2);
  });
});

describe('frameOf', () => {
  it('writes length, ids and op code before the body', () => {
    const bytes = frameOf(2013, { requestId: 7, responseTo: 9 }, Buffer.from('abc'));
    expect([bytes.readInt32LE(0), bytes.readInt32LE(4), bytes.readInt32LE(8), bytes.readInt32LE(12)]).to.deep.equal([
      19, 7, 9, 2013,
    ]);
    expect(bytes.toString('utf8', 16)).to.equal('abc');
  });
});
