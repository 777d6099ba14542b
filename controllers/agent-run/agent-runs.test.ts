import { expect } from 'chai';
import type { AgentAction, Verdict } from '../../api/porter/v1/agent-action.js';
import type { Reader } from '../../runtime/cache/index.js';
import type { Client, ObjectKey, Stored } from '../../runtime/client/index.js';
import type { AgentJobs } from './agent-jobs.js';
import { AgentRuns } from './agent-runs.js';

const PARENT = { metadata: { name: 'shop', namespace: 'team', uid: 'p', resourceVersion: '1', creationTimestamp: '' } };
const VERDICT: Verdict = { source: 'StateStore', result: 'Succeeded', reason: 'Succeeded', message: '' };

interface Run {
  name: string;
  generation: number;
  /** The second of a minute. */
  finishedAt?: string;
}

function actionOf({ name, generation, finishedAt }: Run): Stored<AgentAction> {
  const labels = { 'getporter.org/resourceGeneration': String(generation) };
  const ended = finishedAt === undefined ? {} : { finishedAt: `2026-01-01T00:00:${finishedAt}Z`, verdict: VERDICT };
  const metadata = { namespace: 'team', name, uid: name, resourceVersion: '1', creationTimestamp: '', labels };
  return { metadata, spec: { args: [] }, status: { observedGeneration: 1, ...ended } };
}

/** Prunes these runs when `ended` has ended; returns those that were deleted. */
async function pruned(made: readonly Run[], keep: number, ended: string): Promise<string[]> {
  const deleted: string[] = [];
  const reader = { byIndex: () => made.map(actionOf) } as unknown as Reader;
  const remove = (_resource: unknown, { name }: ObjectKey) => Promise.resolve(deleted.push(name));
  const runs = new AgentRuns({ delete: remove } as unknown as Client, reader, {} as AgentJobs);
  await runs.prune(PARENT, keep, ended);
  return deleted.sort();
}

describe('The finished runs of an object', () => {
  const three: Run[] = [
    { name: 'z', generation: 1, finishedAt: '10' },
    { name: 'y', generation: 2, finishedAt: '20' },
    { name: 'x', generation: 3, finishedAt: '30' },
  ];

  it('are kept up to the limit, the newest first', async () => {
    expect(await pruned(three, 2, 'x')).to.deep.equal(['z']);
    expect(await pruned(three, 5, 'x')).to.deep.equal([]);
  });

  it('are kept by generation when they ended within the same second', async () => {
    const quick = three.map((run) => ({ ...run, finishedAt: '10' }));
    for (const runs of [quick, quick.toReversed()]) expect(await pruned(runs, 2, 'x')).to.deep.equal(['z']);
  });

  it('always leave the one whose end is being recorded, whatever the clock of its node says', async () => {
    const behind = [...three.slice(0, 2), { name: 'x', generation: 3, finishedAt: '00' }];
    expect(await pruned(behind, 1, 'x')).to.deep.equal(['y', 'z']);
    expect(await pruned(three, 1, 'z'), 'of an older generation').to.deep.equal(['x', 'y']);
  });

  it('do not count those that have not ended', async () => {
    const open: Run[] = [...three, { name: 'w', generation: 4 }];
    expect(await pruned(open, 1, 'x')).to.deep.equal(['y', 'z']);
  });
});
