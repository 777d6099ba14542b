import { expect } from 'chai';
import fc from 'fast-check';
import { redact, REDACTED } from './redact.js';

describe('redact', () => {
  it('hides a value in the forms in which logs show it', () => {
    const secret = 'p"w d\nline-two-of-it';
    const base64 = Buffer.from(secret).toString('base64');
    const text = [
      secret,
      JSON.stringify({ secret }),
      JSON.stringify(JSON.stringify({ secret })),
      base64,
      encodeURIComponent(secret),
      'only line-two-of-it',
    ].join(' | ');
    const hidden = redact(text, [secret]);
    for (const form of [secret, base64, 'line-two-of-it', 'p\\"w']) expect(hidden).to.not.include(form);
  });

  it('leaves no remainder when one secret contains another', () => {
    expect(redact('x=superduper', ['super', 'superduper'])).to.equal(`x=${REDACTED}`);
  });

  it('does not hide words for the sake of very short values', () => {
    expect(redact('a test of it', ['a', 'it', ''])).to.equal('a test of it');
  });

  it('takes values for what they are, not for patterns', () => {
    expect(redact('cost $& and .*', ['.*$', '$&x'])).to.equal('cost $& and .*');
    expect(redact('cost [a-z]+ here', ['[a-z]+'])).to.equal(`cost ${REDACTED} here`);
  });

  it('never lets a value of some length through', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8 }).filter((text) => text.trim().length >= 8 && !text.includes('*')),
        fc.string(),
        (secret, around) => {
          fc.pre(!around.includes('*'));
          expect(redact(`${around}${secret}${around}`, [secret])).to.not.include(secret);
        },
      ),
    );
  });
});
