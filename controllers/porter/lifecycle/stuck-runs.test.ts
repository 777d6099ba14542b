import { expect } from 'chai';
import type { AgentActionStatus } from '../../../api/porter/v1/agent-action.js';
import type { Client, DeleteOptions } from '../../../runtime/client/index.js';
import { ApiError, JOBS } from '../../../runtime/client/index.js';
import { StuckRuns } from './stuck-runs.js';

const KEY = { namespace: 'team', name: 'shop-1' };
const WAITING = { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] };

interface World {
  reason?: string;
  jobs?: object[];
  pods?: object[];
  isGone?: boolean;
  hasChanged?: boolean;
}

/** Takes the run back in this world; tells what it answered and which deletions it asked for. */
async function takeBack({ reason = 'ImagePullFailed', jobs = [], pods = [], isGone, hasChanged }: World) {
  const condition = { type: 'Ready', status: 'False', reason, message: 'no image', lastTransitionTime: '' };
  const status = { phase: 'Pending', conditions: [condition] } as AgentActionStatus;
  const action = { metadata: { ...KEY, uid: 'u-9', resourceVersion: '77' }, spec: {}, status };
  const deletions: DeleteOptions[] = [];
  const client = {
    find: () => Promise.resolve(isGone === true ? undefined : action),
    list: (resource: unknown) => Promise.resolve((resource === JOBS ? jobs : pods).map((found) => ({ status: found }))),
    delete: (_resource: unknown, _key: unknown, options: DeleteOptions) => {
      deletions.push(options);
      const conflict = new ApiError('changed', { code: 409, reason: 'Conflict' });
      return hasChanged === true ? Promise.reject(conflict) : Promise.resolve();
    },
  };
  return { isTaken: await new StuckRuns(client as unknown as Client).takeBack(KEY), deletions };
}

describe('A run that cannot begin and that nobody wants any more', () => {
  it('is taken back as it was seen', async () => {
    const { isTaken, deletions } = await takeBack({ jobs: [{ active: 1 }], pods: [WAITING] });
    expect(isTaken).to.equal(true);
    expect(deletions).to.deep.equal([{ uid: 'u-9', resourceVersion: '77', propagation: 'Background' }]);
  });

  it('is left alone once its agent runs, though its status does not tell yet', async () => {
    const running = { phase: 'Running', containerStatuses: [{ state: { running: {} } }] };
    expect(await takeBack({ pods: [WAITING, running] })).to.deep.equal({ isTaken: false, deletions: [] });
  });

  it('is left alone when its agent has run', async () => {
    const again = { ...WAITING, containerStatuses: [{ state: {}, lastState: { terminated: {} } }] };
    expect(await takeBack({ pods: [again] })).to.deep.equal({ isTaken: false, deletions: [] });
    expect(await takeBack({ jobs: [{ failed: 1 }] })).to.deep.equal({ isTaken: false, deletions: [] });
  });

  it('is left alone when it has got on meanwhile', async () => {
    expect(await takeBack({ reason: 'AgentRunning' })).to.deep.equal({ isTaken: false, deletions: [] });
    expect((await takeBack({ hasChanged: true })).isTaken).to.equal(false);
  });

  it('may be gone already', async () => {
    expect(await takeBack({ isGone: true })).to.deep.equal({ isTaken: true, deletions: [] });
  });
});
