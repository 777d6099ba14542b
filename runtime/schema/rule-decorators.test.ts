import { expect } from 'chai';
import { classMarkers, fieldMarkers } from './metadata.js';
import type { ClassOf } from './metadata.js';
import { AtLeastOneOf, CelRule, ExactlyOneOf, Immutable } from './rule-decorators.js';

const rulesOf = (target: ClassOf) => classMarkers(target).rules?.map(({ rule }) => rule);

describe('A rule', () => {
  it('is kept with all that was said about it', () => {
    @CelRule('self.a', 'no a', { reason: 'FieldValueRequired', fieldPath: '.a' })
    class Subject {}
    expect(classMarkers(Subject).rules).to.deep.equal([
      { rule: 'self.a', message: 'no a', reason: 'FieldValueRequired', fieldPath: '.a' },
    ]);
  });

  it('keeps its place among several', () => {
    @CelRule('1', 'first')
    @CelRule('2', 'second')
    class Subject {}
    expect(rulesOf(Subject)).to.deep.equal(['1', '2']);
  });

  it('speaks of a field where it stands at one', () => {
    class Subject {
      @Immutable('it stays') name!: string;
    }
    expect(fieldMarkers(Subject).get('name')?.rules).to.deep.equal([{ rule: 'self == oldSelf', message: 'it stays' }]);
  });

  it('counts which fields are set', () => {
    @ExactlyOneOf(['a', 'b'], 'one')
    @AtLeastOneOf(['a', 'b'], 'one or more')
    class Subject {}
    expect(rulesOf(Subject)).to.deep.equal([
      '[has(self.a), has(self.b)].filter(set, set).size() == 1',
      'has(self.a) || has(self.b)',
    ]);
  });
});
