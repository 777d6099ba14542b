import { expect } from 'chai';
import { hasFields, jsonAnnotation } from './json-annotation.js';

interface Note {
  text: string;
  times?: number;
}
const isNote = (value: unknown): value is Note => hasFields(value, { text: 'string', times: 'number?' });
const read = (text?: string) => jsonAnnotation(text === undefined ? {} : { note: text }, 'note', isNote);

describe('jsonAnnotation', () => {
  it('gives back what was written', () => {
    expect(read('{"text":"a","times":2}')).to.deep.equal({ text: 'a', times: 2 });
    expect(read('{"text":"a"}')).to.deep.equal({ text: 'a' });
  });

  for (const text of [undefined, '', '{', 'null', '"a"', '{}', '{"text":1}', '{"text":"a","times":"2"}']) {
    it(`is nothing for ${text ?? 'an absent one'}`, () => expect(read(text)).to.equal(undefined));
  }
});
