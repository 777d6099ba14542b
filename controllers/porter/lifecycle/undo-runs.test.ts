import { expect } from 'chai';
import type { AgentAction } from '../../../api/porter/v1/agent-action.js';
import { ApiError, type Client, type Stored } from '../../../runtime/client/index.js';
import type { LeftoverBundles } from './leftover-bundles.js';
import { UndoRuns } from './undo-runs.js';

const PARENT = { metadata: { namespace: 'dev', name: 'shop', uid: 'p', resourceVersion: '9', creationTimestamp: '' } };

const BLOCKED = {
  ...{ type: 'Ready', status: 'False' as const, reason: 'SecretNotFound', message: 'Secret a is missing' },
  ...{ lastTransitionTime: '2026-01-02T03:04:05Z', observedGeneration: 1 },
};

function action(name: string, parent = 'p', rest: Partial<Stored<AgentAction>['metadata']> = {}): Stored<AgentAction> {
  const annotations = { 'getporter.org/parent': `Installation/shop/${parent}` };
  const metadata = { namespace: 'dev', name, uid: name, resourceVersion: '1', creationTimestamp: '', annotations };
  const verdict = { source: 'StateStore', result: 'Succeeded', reason: 'Succeeded', message: '' } as const;
  return { metadata: { ...metadata, ...rest }, spec: { args: [] }, status: { verdict } };
}

describe('The runs that undo an object', () => {
  let known: Stored<AgentAction>[];
  let there: Stored<AgentAction>[];
  let removed: string[];
  let asked: unknown[];

  beforeEach(() => ([known, there, removed, asked] = [[], [], [], []]));

  async function remove(leavesWork = false, list = Promise.resolve(there)): Promise<unknown> {
    const client = {
      list: (_: unknown, options: object) => (asked.push(options), list),
      delete: (_: unknown, { name }: { name: string }) => Promise.resolve(removed.push(name)),
    };
    const bundles = { leaveTo: () => Promise.resolve() };
    const reader = { get: () => undefined, list: () => [], byIndex: () => known };
    const runs = new UndoRuns(client as unknown as Client, reader as never, bundles as unknown as LeftoverBundles);
    return runs.remove(PARENT as never, { leavesWork }).catch((error: unknown) => error);
  }

  it('go with it, and those that it owns go by themselves', async () => {
    const owner = { apiVersion: 'getporter.org/v1', kind: 'Installation', name: 'shop', uid: 'p' };
    known = there = [action('undo'), action('install', 'p', { ownerReferences: [owner] })];
    expect(await remove()).to.equal(undefined);
    expect(removed).to.deep.equal(['undo']);
    expect(asked).to.deep.equal([{ namespace: 'dev', labelSelector: 'getporter.org/resourceName=shop' }]);
  });

  it('go with it also when only the server knows of them', async () => {
    known = [action('first')];
    there = [action('first'), action('second')];
    expect(await remove()).to.equal(undefined);
    expect(removed).to.deep.equal(['first', 'second']);
  });

  it('go with it also when somebody has taken their label away', async () => {
    known = [action('first')];
    expect(await remove()).to.equal(undefined);
    expect(removed).to.deep.equal(['first']);
  });

  it('do not hold it when their kind is gone', async () => {
    const gone = new ApiError('no such kind', { code: 404, reason: 'NotFound' });
    expect(await remove(false, Promise.reject(gone))).to.equal(undefined);
  });

  it('do not hold it when they cannot get on', async () => {
    there = [{ ...action('blocked'), status: { phase: 'Pending' as const, conditions: [BLOCKED] } }];
    expect(await remove()).to.equal(undefined);
    expect(removed).to.deep.equal(['blocked']);
  });

  it('hold it while one may be at work, unless it goes whatever becomes of that', async () => {
    const working = { ...action('working'), status: { phase: 'Running' as const } };
    known = there = [action('first'), working];
    expect(String(await remove())).to.equal('StaleViewError: AgentAction working is at work');
    expect(removed).to.deep.equal([]);
    expect(await remove(true)).to.equal(undefined);
    expect(removed).to.deep.equal(['first']);
  });

  it('are not those of a former object of the same name', async () => {
    there = [action('former', 'q')];
    expect(await remove()).to.equal(undefined);
    expect(removed).to.deep.equal([]);
  });
});
