import { expect } from 'chai';
import { LOGS_OUTPUT } from '../../../integrations/porter/state/index.js';
import { withinLogLimit } from './log-limit.js';

const logOf = (text: string) => ({ name: LOGS_OUTPUT, runId: 'r', value: Buffer.from(text).toString('base64') });
const shortened = (text: string, limit: number): string =>
  Buffer.from(withinLogLimit('outputs', logOf(text), limit)['value'] as string, 'base64').toString('utf8');

describe('withinLogLimit', () => {
  it('keeps both ends of a long log and says what is missing', () => {
    const text = `${'a'.repeat(600)}${'b'.repeat(600)}`;
    const kept = shortened(text, 100);
    expect(kept).to.match(/^a{50}\n… 1100 bytes of the log were left out .*--log-limit.*\nb{50}$/);
  });

  it('cuts no character in two', () => {
    for (let limit = 20; limit < 32; limit++) expect(shortened('ä€🦙'.repeat(50), limit)).to.not.include('\ufffd');
  });

  it('leaves bytes that are no text', () => {
    const value = Buffer.alloc(1000, 0x80).toString('base64');
    expect(withinLogLimit('outputs', { name: LOGS_OUTPUT, value }, 100)['value']).to.have.length.below(400);
  });

  const document = logOf('x'.repeat(200));
  for (const [what, [collection, given, limit]] of Object.entries({
    'a log as long as is allowed': ['outputs', document, 200],
    'any log without a limit': ['outputs', document, 0],
    'another output': ['outputs', { ...document, name: 'greeting' }, 10],
    'a document of another collection': ['results', document, 10],
    'a log without a value': ['outputs', { ...document, value: null }, 10],
  } as Record<string, [string, Record<string, unknown>, number]>)) {
    it(`leaves ${what} as it is`, () => {
      expect(withinLogLimit(collection, given, limit)).to.equal(given);
    });
  }
});
