import { expect } from 'chai';
import type { Outcome } from '../reconciler/outcome.js';
import { done, progress, retry, stalled, wait } from '../reconciler/outcome.js';
import type { Condition } from './conditions.js';
import { kstatusConditions, mergeConditions, timestamp } from './conditions.js';

const NOW = Date.parse('2026-01-02T03:04:05.678Z');

function statuses(outcome: Outcome): string {
  const conditions = kstatusConditions({ outcome, generation: 3, now: NOW, previous: undefined });
  return conditions.map(({ type, status }) => `${type}=${status}`).join(' ');
}

const ready = (conditions: readonly Condition[]) => conditions.find(({ type }) => type === 'Ready');

describe('kstatusConditions', () => {
  for (const [outcome, expected] of [
    [done(), 'Ready=True Reconciling=False Stalled=False'],
    [progress(), 'Ready=False Reconciling=True Stalled=False'],
    [wait('Waiting', 'for it'), 'Ready=False Reconciling=True Stalled=False'],
    [retry(new Error('no')), 'Ready=False Reconciling=True Stalled=False'],
    [stalled('Broken', 'mend it'), 'Ready=False Reconciling=False Stalled=True'],
  ] as const) {
    it(`says ${expected} for ${outcome.kind}`, () => {
      expect(statuses(outcome)).to.equal(expected);
    });
  }

  it('takes reason and message from the outcome when the kind has no better words', () => {
    const input = { generation: 1, now: NOW, previous: undefined };
    const waiting = kstatusConditions({ ...input, outcome: wait('SecretMissing', 'Create Secret x.') });
    expect(ready(waiting)).to.include({ reason: 'SecretMissing', message: 'Create Secret x.' });
    const retried = kstatusConditions({ ...input, outcome: retry(new Error('the registry is down')) });
    expect(ready(retried)).to.include({ reason: 'Retrying', message: 'the registry is down' });
  });

  it('prefers the kind’s own words, those for Reconciling apart', () => {
    const conditions = kstatusConditions({
      outcome: progress(),
      generation: 1,
      now: NOW,
      previous: undefined,
      ready: { reason: 'Installing', message: 'a' },
      reconciling: { reason: 'AgentRunning', message: 'b' },
    });
    expect(conditions.map(({ reason }) => reason)).to.deep.equal(['Installing', 'AgentRunning', 'Installing']);
  });

  it('keeps the time of a status that stays, and takes now for one that changes', () => {
    const input = { generation: 1, previous: undefined };
    const first = kstatusConditions({ ...input, outcome: progress(), now: NOW });
    const later = kstatusConditions({ ...input, outcome: done(), now: NOW + 60_000, previous: first });
    const times = later.map(({ type, lastTransitionTime }) => `${type} ${lastTransitionTime}`);
    expect(times).to.deep.equal([
      'Ready 2026-01-02T03:05:05Z',
      'Reconciling 2026-01-02T03:05:05Z',
      'Stalled 2026-01-02T03:04:05Z',
    ]);
  });

  it('says no more than the API takes', () => {
    const outcome = retry(new Error('x'.repeat(40_000)));
    const conditions = kstatusConditions({ outcome, generation: 1, now: 0, previous: undefined });
    expect(conditions.map(({ message }) => message.length)).to.deep.equal([32_768, 32_768, 32_768]);
  });

  it('is the same for the same outcome at a later time', () => {
    const first = kstatusConditions({ outcome: done(), generation: 1, now: NOW, previous: undefined });
    const again = kstatusConditions({ outcome: done(), generation: 1, now: NOW + 99_000, previous: first });
    expect(again).to.deep.equal(first);
  });

  it('leaves the kind’s other conditions to the kind', () => {
    const other = { ...kstatusConditions({ outcome: done(), generation: 1, now: NOW, previous: undefined })[0]! };
    const next = kstatusConditions({
      outcome: done(),
      generation: 1,
      now: NOW,
      previous: [{ ...other, type: 'Scheduled' }],
    });
    expect(next.map(({ type }) => type)).to.deep.equal(['Ready', 'Reconciling', 'Stalled']);
  });
});

describe('mergeConditions', () => {
  const condition = (type: string, status: 'True' | 'False', lastTransitionTime: string): Condition => {
    return { type, status, reason: 'R', message: '', lastTransitionTime, observedGeneration: 1 };
  };

  it('lays the new over the old by type, keeps the order and the rest', () => {
    const merged = mergeConditions(
      [condition('A', 'True', 't1'), condition('B', 'True', 't1')],
      [condition('B', 'False', 't2'), condition('C', 'True', 't2')],
    );
    expect(merged.map(({ type, status }) => `${type}=${status}`)).to.deep.equal(['A=True', 'B=False', 'C=True']);
  });

  it('does not change what it was given', () => {
    const previous = Object.freeze([Object.freeze(condition('A', 'True', 't1'))]);
    mergeConditions(previous, [condition('A', 'False', 't2')]);
    expect(previous[0]?.status).to.equal('True');
  });
});

describe('timestamp', () => {
  it('writes seconds, as Kubernetes does', () => {
    expect(timestamp(NOW)).to.equal('2026-01-02T03:04:05Z');
  });
});
