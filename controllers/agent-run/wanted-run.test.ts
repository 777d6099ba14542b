import { expect } from 'chai';
import type { AgentAction } from '../../api/porter/v1/agent-action.js';
import type { PorterResourceStatus } from '../../api/porter/v1/porter-resource-status.js';
import { ANNOTATIONS, LABELS } from '../../api/porter/v1/well-known.js';
import type { Stored } from '../../runtime/client/index.js';
import { childName } from './child-name.js';
import { retryLabel } from './labels.js';
import { wantedRun } from './wanted-run.js';

const kind = 'Installation';
const nameOf = (generation: number, attempt: number, step = 'apply') =>
  childName('shop', { kind, uid: 'u-1', generation, attempt, step });
const actionOf = (generation: number, attempt: number, retry = '') =>
  ({
    metadata: {
      name: nameOf(generation, attempt),
      labels: { [LABELS.resourceGeneration]: String(generation), [LABELS.retry]: retryLabel(retry) },
    },
  }) as unknown as Stored<AgentAction>;

function wanted(generation: number, retry: string, status?: PorterResourceStatus, actions: Stored<AgentAction>[] = []) {
  const annotations: Record<string, string> = retry === '' ? {} : { [ANNOTATIONS.retry]: retry };
  const metadata = { name: 'shop', namespace: 'team', uid: 'u-1', resourceVersion: '1', generation, annotations };
  const parent = { metadata: { ...metadata, creationTimestamp: '2026-11-21T09:00:00Z' }, status };
  return wantedRun(parent, { kind, steps: ['apply', 'purge'], actions });
}

describe('wantedRun', () => {
  it('is the first attempt of a generation that status does not know, whatever the retry value', () => {
    const status = { attempt: 4, retry: 'old', completed: { generation: 1, attempt: 4, result: 'Failed' as const } };
    expect(wanted(2, 'new', status)).to.deep.equal({ generation: 2, attempt: 1, retry: 'new' });
  });

  it('keeps a long retry value as its hash, which is the same each time and another one for another value', () => {
    const long = 'x'.repeat(100_000);
    const { retry } = wanted(1, long);
    expect(retry).to.match(/^sha256:[0-9a-f]{64}$/);
    const status = { attempt: 1, retry, completed: { generation: 1, attempt: 1, result: 'Failed' as const } };
    expect(wanted(1, long, status).attempt).to.equal(1);
    expect(wanted(1, `${long}y`, status).attempt).to.equal(2);
  });

  it('stays the same until there is another retry value', () => {
    const status = { attempt: 2, retry: 'one', completed: { generation: 1, attempt: 2, result: 'Failed' as const } };
    expect(wanted(1, 'one', status)).to.deep.equal({ generation: 1, attempt: 2, retry: 'one' });
    expect(wanted(1, '', status)).to.deep.equal({ generation: 1, attempt: 2, retry: 'one' });
    expect(wanted(1, 'two', status)).to.deep.equal({ generation: 1, attempt: 3, retry: 'two' });
  });

  it('knows a launched run of any step by the name of its AgentAction', () => {
    for (const step of ['apply', 'purge']) {
      const status = { attempt: 3, retry: 'one', action: { name: nameOf(1, 3, step) } };
      expect(wanted(1, 'one', status)).to.deep.equal({ generation: 1, attempt: 3, retry: 'one' });
    }
  });

  it('finds the attempt again when status is empty', () => {
    const actions = [actionOf(1, 1), actionOf(1, 2, 'one'), actionOf(1, 3, 'two')];
    expect(wanted(1, 'two', undefined, actions)).to.deep.equal({ generation: 1, attempt: 3, retry: 'two' });
    expect(wanted(1, 'three', undefined, actions)).to.deep.equal({ generation: 1, attempt: 4, retry: 'three' });
  });

  it('is the first attempt when only runs of older generations are left', () => {
    expect(wanted(2, '', undefined, [actionOf(1, 3)])).to.deep.equal({ generation: 2, attempt: 1, retry: '' });
  });
});
