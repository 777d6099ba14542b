import { posix } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { hintOfValueKey, InvalidHintError, secretFileOf, secretSourceOf, valueKeyOf } from './secret-source.js';

describe('secretSourceOf', () => {
  const cases: [string, string, string][] = [
    ['hello-token', 'hello-token', 'value'],
    ['tls/tls.crt', 'tls', 'tls.crt'],
    ['Azure_SP', 'azure-sp', 'value'],
    ['_hidden_', '000hidden000', 'value'],
    ['a__b', 'a-b', 'value'],
  ];
  for (const [hint, secret, key] of cases) {
    it(`takes ${hint} for key ${key} of Secret ${secret}`, () => {
      expect(secretSourceOf(hint)).to.deep.equal({ secret, key });
    });
  }

  for (const hint of ['', '/etc/passwd', '../x', 'a/../b', 'a//b', 'a/', './a', 'a\\b', 'a\nb', 'a/b/c', 'a/sp ace']) {
    it(`refuses ${JSON.stringify(hint)}`, () => expect(() => secretSourceOf(hint)).to.throw(InvalidHintError));
  }
});

describe('secretFileOf', () => {
  it('never leaves the folder', () => {
    fc.assert(
      fc.property(fc.string(), (hint) => {
        try {
          expect(posix.join('/root', secretFileOf(hint))).to.match(/^\/root\/[^/]/);
        } catch (error) {
          if (!(error instanceof InvalidHintError)) throw error;
        }
      }),
    );
  });
});

describe('valueKeyOf', () => {
  it('leaves ordinary names readable', () => {
    expect(valueKeyOf('01M7YE342YK82Z6R3MF8M7R5Q2-db_password')).to.equal('01M7YE342YK82Z6R3MF8M7R5Q2-db_password');
  });

  it('gives valid keys that lead back to the hint', () => {
    const hint = fc.stringMatching(/^[_./a-zA-Z0-9 äß€-]{1,40}$/);
    fc.assert(
      fc.property(hint, (text) => {
        fc.pre(isHint(text));
        const key = valueKeyOf(text);
        expect(key).to.match(/^[-._a-zA-Z0-9]+$/);
        expect(key).to.not.match(/^\.\./);
        expect(hintOfValueKey(key)).to.equal(text);
      }),
    );
  });

  it('refuses a key that leads out of the folder', () => {
    expect(() => hintOfValueKey('__2E__2E__2Fx')).to.throw(InvalidHintError);
  });
});

function isHint(text: string): boolean {
  try {
    return secretFileOf(text) === text;
  } catch {
    return false;
  }
}
