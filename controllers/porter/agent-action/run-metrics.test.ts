import { expect } from 'chai';
import type { AgentActionStatus } from '../../../api/porter/v1/agent-action.js';
import type { Reader } from '../../../runtime/cache/index.js';
import { Metrics } from '../../../runtime/telemetry/index.js';
import { sumOf } from '../../../test/support/operator.js';
import type { Action } from './launch-facts.js';
import { RunMetrics } from './run-metrics.js';

const STARTED: AgentActionStatus = { startedAt: '2026-01-01T00:00:00Z' };
const ENDED: AgentActionStatus = {
  ...STARTED,
  finishedAt: '2026-01-01T00:00:42Z',
  verdict: { source: 'StateStore', result: 'Failed', reason: 'RunFailed', message: 'It failed.' },
};

function anAction(status: AgentActionStatus, kind = 'Installation', uid = 'u-1'): Action {
  const ownerReferences = [{ apiVersion: 'v1', kind, name: 'shop', uid: 'p', controller: true }];
  const metadata = { name: uid, namespace: 'n', uid, resourceVersion: '1', creationTimestamp: '', ownerReferences };
  return { apiVersion: 'getporter.org/v1', kind: 'AgentAction', metadata, spec: { args: [] }, status };
}

describe('RunMetrics', () => {
  let actions: Action[];
  let metrics: Metrics;
  let runs: RunMetrics;
  const sum = async (name: string, labels: string) => sumOf(await metrics.scrape(), name, labels);

  beforeEach(() => {
    actions = [];
    metrics = new Metrics();
    runs = new RunMetrics(metrics, { list: () => actions } as unknown as Reader);
  });

  it('shows zeros before anything has happened', async () => {
    const text = await metrics.scrape();
    expect(text).to.include('porterops_runs_total{kind="ParameterSet",result="Unknown"} 0');
    expect(text).to.include('porterops_runs_in_flight{kind="Installation"} 0');
  });

  it('counts a run once, however often its end is decided on and seen', async () => {
    runs.ends(anAction(STARTED));
    runs.ends(anAction(STARTED));
    runs.ended(anAction(ENDED));
    runs.ended(anAction(ENDED));
    expect(await sum('porterops_runs_total', '')).to.equal(1);
    expect(await sum('porterops_runs_total', 'kind="Installation",result="Failed"')).to.equal(1);
    expect(await sum('porterops_run_duration_seconds_sum', 'result="Failed"')).to.equal(42);
  });

  it('counts the next run of the same action', async () => {
    for (let run = 1; run <= 2; run++) {
      runs.ends(anAction(STARTED));
      runs.ended(anAction(ENDED));
    }
    expect(await sum('porterops_runs_total', '')).to.equal(2);
  });

  it('does not count what another process has ended', async () => {
    runs.ended(anAction(ENDED));
    expect(await sum('porterops_runs_total', '')).to.equal(0);
  });

  it('does not count what never ran', async () => {
    runs.ends(anAction({}));
    runs.ended(anAction({ ...ENDED, startedAt: undefined }));
    expect(await sum('porterops_runs_total', '')).to.equal(0);
  });

  it('knows no other kinds than those that ask for runs, whatever an owner reference says', async () => {
    runs.ends(anAction(STARTED, 'Evil'));
    runs.ended(anAction(ENDED, 'Evil'));
    expect(await sum('porterops_runs_total', 'kind="AgentAction"')).to.equal(1);
    expect(await metrics.scrape()).to.not.include('Evil');
  });

  it('shows what is launched and has not ended', async () => {
    actions = [anAction(STARTED), anAction(ENDED), anAction({}), anAction(STARTED, 'CredentialSet')];
    expect(await sum('porterops_runs_in_flight', 'kind="Installation"')).to.equal(1);
    expect(await sum('porterops_runs_in_flight', '')).to.equal(2);
    actions = [];
    expect(await sum('porterops_runs_in_flight', '')).to.equal(0);
  });

  it('forgets an action that vanished before its end was seen', async () => {
    runs.ends(anAction(STARTED));
    await metrics.scrape();
    runs.ended(anAction(ENDED));
    expect(await sum('porterops_runs_total', '')).to.equal(0);
  });
});
