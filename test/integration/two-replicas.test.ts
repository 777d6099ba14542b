import { expect } from 'chai';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { LEASES } from '../../runtime/leader/index.js';
import { anInstallation } from '../support/builders.js';
import { eventually } from '../support/eventually.js';
import { OPERATOR_NAMESPACE, type Operator } from '../support/operator.js';
import { succeeds } from '../support/pod-plays.js';
import { agentPods, change, create, hold, untilReady, world } from './world.js';

const LEADING = 'leader_election_master_status';
const REPLICAS = ['--leader-elect'];
/**
 * Sooner than that nobody takes the lease of a leader that says nothing: it has 15 s and was renewed at most 2.4 s before.
 * `npm run chaos:leaders` measures the gaps.
 */
const UNRELEASED_MS = 12_000;

describe('Two replicas of the operator', () => {
  let leader: Operator;
  let standby: Operator;

  beforeEach(async () => {
    await world().operator.stop();
    leader = await world().anOperator();
    await leader.start(REPLICAS);
    await untilLeading(leader);
    standby = await world().anOperator();
    await standby.start(REPLICAS);
  });

  afterEach(async () => {
    await Promise.all([leader.kill(), standby.kill()]);
    await world().api.delete(LEASES, { namespace: OPERATOR_NAMESPACE, name: 'porterops-controller-manager' });
    await world().operator.start();
  });

  it('are both ready, and one of them works', async () => {
    await create(anInstallation('shop'));
    await untilReady(INSTALLATIONS, 'shop');
    expect(await standby.metric(LEADING)).to.equal(0);
    expect(await standby.metric('controller_runtime_reconcile_total')).to.equal(0);
    expect(await written(standby)).to.equal(0);
  });

  it('change places without waiting for the lease when the leader is asked to stop, and the run under way goes on', async () => {
    const run = hold();
    await create(anInstallation('shop'));
    await run.started();
    expect(await leader.stop()).to.equal(0);
    const waitedMs = await untilLeading(standby);
    expect(waitedMs).to.be.below(UNRELEASED_MS);
    run.ends(succeeds());
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentPods()).to.have.lengthOf(1);
  });

  it('change places when the leader is killed, and nothing runs twice', async () => {
    const run = hold();
    await create(anInstallation('shop'));
    await run.started();
    await leader.kill();
    await untilLeading(standby);
    run.ends(succeeds());
    await untilReady(INSTALLATIONS, 'shop');
    expect(agentPods()).to.have.lengthOf(1);
  });

  it('do not both write when the leader is only asleep: it wakes up to end', async () => {
    await create(anInstallation('shop'));
    await untilReady(INSTALLATIONS, 'shop');
    process.kill(leader.pid, 'SIGSTOP');
    try {
      await change(INSTALLATIONS, 'shop', { spec: { parameters: { colour: 'red' } } });
      await untilLeading(standby);
      await untilReady(INSTALLATIONS, 'shop');
    } finally {
      process.kill(leader.pid, 'SIGCONT');
    }
    await eventually('the former leader has ended', () => !leader.isRunning);
    expect(await leader.stop()).to.equal(1);
    expect(leader.log()).to.include('leadership is lost, ending');
    expect(agentPods()).to.have.lengthOf(2);
    await create(anInstallation('other'));
    await untilReady(INSTALLATIONS, 'other');
  });
});

/** For how many milliseconds that had to be waited for. */
async function untilLeading(operator: Operator): Promise<number> {
  const begun = performance.now();
  await eventually('it leads', async () => (await operator.metric(LEADING)) === 1);
  return performance.now() - begun;
}

/** Requests that change something; the metric counts those for the lease too, of which a standby makes none. */
async function written(operator: Operator): Promise<number> {
  const methods = ['POST', 'PUT', 'PATCH', 'DELETE'];
  const counts = await Promise.all(
    methods.map((method) => operator.metric('rest_client_requests_total', `method="${method}"`)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
