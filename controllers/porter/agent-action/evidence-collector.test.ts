import { expect } from 'chai';
import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import type { PorterState } from '../../../integrations/porter/state/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { PorterStates } from '../../agent-run/state/porter-states.js';
import { EvidenceCollector } from './evidence-collector.js';
import type { Action } from './launch-facts.js';

const INSTALLATION = { namespace: 'dev', name: 'web' };

/** A collector whose store answers like this; undefined: there is none. */
function collector(state: Partial<PorterState> | undefined): EvidenceCollector {
  const ask = (_: string, question: (state: object | undefined) => unknown) => question(state);
  return new EvidenceCollector({ ask } as unknown as PorterStates);
}

function anAction(spec: AgentActionSpec): Action {
  return { metadata: { name: 'act', namespace: 'shop' }, spec } as Action;
}

describe('EvidenceCollector.lastRun', () => {
  const answering = {
    lastRun: () => Promise.resolve({ _id: 'R1' }),
    ping: () => Promise.resolve(),
  } as unknown as Partial<PorterState>;
  const away = () => Promise.reject(new StateUnavailableError('away'));
  const problem = { reason: 'StateStoreUnavailable', message: 'away' };

  it('is the newest run of the installation', async () => {
    expect(await collector(answering).lastRun(anAction({ installation: INSTALLATION }))).to.deep.equal({ id: 'R1' });
  });

  it('is nothing for a command without an installation', async () => {
    expect(await collector(answering).lastRun(anAction({ args: ['version'] }))).to.deep.equal({});
  });

  it('asks nobody where no records are kept', async () => {
    for (const spec of [{ installation: INSTALLATION }, {}]) {
      expect(await collector(undefined).lastRun(anAction(spec))).to.deep.equal({});
    }
  });

  it('says of every command that needs the store when it does not answer', async () => {
    for (const spec of [{ installation: INSTALLATION }, { args: ['credentials', 'apply', 'credentials.yaml'] }]) {
      expect(await collector({ lastRun: away, ping: away }).lastRun(anAction(spec))).to.deep.equal({ problem });
    }
  });
});

describe('EvidenceCollector.collect', () => {
  const launch = { startedAt: '2026-01-01T00:00:00Z', lastRunId: 'R1' };
  const action = anAction({ installation: INSTALLATION });
  const aRun = (_id: string) => ({ _id, revision: `rev-${_id}`, action: 'upgrade', created: '' });

  /** What is found where these runs are newer than the last one, and the installation's status names `runId`. */
  async function records(newer: readonly string[], runId: string) {
    const state = {
      runsAfter: () => Promise.resolve(newer.map(aRun)),
      results: () => Promise.resolve([{ status: 'running' }, { status: 'failed' }]),
      installation: () => Promise.resolve({ status: { runId } }),
      run: (id: string) => Promise.resolve(aRun(id)),
    } as unknown as Partial<PorterState>;
    return (await collector(state).collect(action, { launch, bundleJobs: [] })).evidence?.records;
  }

  it('brings the newer runs with their newest result', async () => {
    const found = await records(['R2', 'R3'], 'R3');
    expect(found?.runs.map(({ run, result }) => `${run._id} ${result?.status}`)).to.deep.equal([
      'R2 failed',
      'R3 failed',
    ]);
  });

  it('brings the run that the installation names where none is newer and it is not the last one', async () => {
    expect((await records([], 'R0'))?.settled?.run._id).to.equal('R0');
    for (const runId of ['R1', '']) expect((await records([], runId))?.settled).to.equal(undefined);
  });
});
