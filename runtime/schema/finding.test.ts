import { expect } from 'chai';
import { fieldName, problemText } from './finding.js';

describe('A finding', () => {
  it('names its field as people write it', () => {
    expect(fieldName(['spec', 'volumes', 1, 'hostPath'])).to.equal('spec.volumes[1].hostPath');
    expect(fieldName(['metadata', 'annotations', 'example.test/x'])).to.equal('metadata.annotations.example.test/x');
  });

  it('names it without characters that change how text is shown, and not at any length', () => {
    expect(fieldName(['spec', 'a\u202e\n', 'b'.repeat(300)])).to.equal(`spec.a??.${'b'.repeat(64)}`);
  });

  it('is a sentence about the field', () => {
    expect(problemText([{ path: ['spec', 'size'], text: 'is too large: make it smaller' }])).to.equal(
      'spec.size is too large: make it smaller',
    );
    expect(problemText([])).to.equal(undefined);
  });

  it('is one of as many as fit into a message, which says how many more there are', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ path: ['spec', index], text: 'x'.repeat(90) }));
    const message = problemText(many) ?? '';
    expect(message.length).to.be.at.most(1024);
    const shown = message.split('; ').length - 1;
    expect(shown).to.be.above(5);
    expect(message).to.match(new RegExp(`; and ${40 - shown} more$`));
  });
});
