import { expect } from 'chai';
import { RuleBook, type Rule } from './rules.js';

const CREATE_JOB = { verb: 'create', resource: 'jobs' } as const;
const CUT: Rule = { match: CREATE_JOB, nth: 2, effect: { kind: 'cut', when: 'before' } };

describe('A rule book', () => {
  it('has its effect at the n-th request of the kind, and at no other', () => {
    const book = new RuleBook([CUT]);
    expect(book.meet(CREATE_JOB)).to.deep.equal({ nth: 1, effects: [] });
    expect(book.meet({ verb: 'create', resource: 'secrets' }).effects).to.deep.equal([]);
    expect(book.isExhausted).to.equal(false);
    expect(book.meet(CREATE_JOB)).to.deep.equal({ nth: 2, effects: [CUT.effect] });
    expect(book.meet(CREATE_JOB).effects).to.deep.equal([]);
    expect(book.isExhausted).to.equal(true);
  });

  it('tells an object from its status, and an event from a request', () => {
    const book = new RuleBook([{ ...CUT, nth: 1 }]);
    expect(book.meet({ verb: 'create', resource: 'jobs/status' }).effects).to.deep.equal([]);
    expect(book.meet({ verb: 'event', resource: 'jobs' }).effects).to.deep.equal([]);
  });

  it('may have several effects on one request', () => {
    const remember = { match: CREATE_JOB, nth: 1, effect: { kind: 'remember' } } as const;
    const kill = { match: CREATE_JOB, nth: 1, effect: { kind: 'kill', when: 'after' } } as const;
    const { effects } = new RuleBook([remember, kill]).meet(CREATE_JOB);
    expect(effects.map(({ kind }) => kind)).to.deep.equal(['remember', 'kill']);
  });

  it('knows what has come, for whoever makes plans of it', () => {
    const book = new RuleBook([]);
    book.meet(CREATE_JOB);
    book.meet(CREATE_JOB);
    expect([...book.met]).to.deep.equal([['create jobs', 2]]);
  });
});
