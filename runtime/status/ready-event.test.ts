import { expect } from 'chai';
import { done, progress, retry, stalled } from '../reconciler/outcome.js';
import type { Condition } from './conditions.js';
import { readyEvent } from './ready-event.js';

const ready = (status: 'True' | 'False', reason: string, message = 'm'): Condition[] => [
  { type: 'Ready', status, reason, message, lastTransitionTime: '' },
];

describe('readyEvent', () => {
  it('tells a new reason with its message and the action', () => {
    const event = readyEvent(undefined, ready('False', 'Installing', 'It begins.'), {
      outcome: progress(),
      action: 'Install',
    });
    expect(event).to.deep.equal({ type: 'Normal', reason: 'Installing', message: 'It begins.', action: 'Install' });
  });

  it('is silent when only the message changes', () => {
    const pass = { outcome: progress(), action: 'Wait' };
    expect(readyEvent(ready('False', 'A', 'one'), ready('False', 'A', 'two'), pass)).to.equal(undefined);
  });

  it('tells a changed status under the same reason', () => {
    const pass = { outcome: done(), action: 'Wait' };
    expect(readyEvent(ready('False', 'A'), ready('True', 'A'), pass)?.type).to.equal('Normal');
  });

  it('warns of failures', () => {
    for (const outcome of [retry(new Error('x')), stalled('B', 'mend it')]) {
      expect(readyEvent(undefined, ready('False', 'B'), { outcome, action: 'Try' })?.type).to.equal('Warning');
    }
  });

  it('has nothing to tell without a Ready condition', () => {
    expect(readyEvent(undefined, [], { outcome: done(), action: 'Wait' })).to.equal(undefined);
  });
});
