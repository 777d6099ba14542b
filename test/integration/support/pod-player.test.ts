import { expect } from 'chai';
import { JOBS, keyOf, PODS } from '../../../runtime/client/index.js';
import type { Job, Pod, Stored } from '../../../runtime/client/index.js';
import { eventually } from '../../support/eventually.js';
import { objectPath } from '../../support/kube-api.js';
import { cannotPullImage, fails, fitsNowhere, succeeds, type Play } from '../../support/pod-plays.js';
import { list, world } from '../world.js';

describe('A played Pod', () => {
  it('succeeds when no script says otherwise, and its Job completes', async () => {
    await createJob('plain');
    expect((await ended('plain')).status?.succeeded).to.equal(1);
  });

  it('fails with the exit code and the log of its script', async () => {
    play(fails('told to fail', 17));
    await createJob('failing');
    expect((await ended('failing')).status?.failed).to.equal(1);
    const [pod] = await list(PODS);
    const terminated = pod?.status?.containerStatuses?.[0]?.state?.terminated;
    expect(terminated?.exitCode).to.equal(17);
    const path = `${objectPath(PODS, keyOf(pod as Stored<Pod>))}/log`;
    expect(await world().api.call('GET', path)).to.equal('told to fail');
  });

  it('waits for an image that cannot be pulled', async () => {
    play(cannotPullImage('registry.test/nothing'));
    await createJob('waiting');
    const pod = await podThat(
      'waits',
      (candidate) => candidate.status?.containerStatuses?.[0]?.state?.waiting !== undefined,
    );
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).to.equal('ImagePullBackOff');
  });

  it('stays unscheduled when it fits nowhere', async () => {
    play(fitsNowhere());
    await createJob('large');
    const pod = await podThat('is refused', (candidate) => (candidate.status?.conditions ?? []).length > 0);
    expect(pod.status?.conditions?.[0]).to.include({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' });
  });

  it('runs until the test says how it ends', async () => {
    const run = world().player.hold(world().namespace);
    await createJob('held');
    await run.started();
    await podThat('is running', (candidate) => candidate.status?.phase === 'Running');
    run.ends(succeeds());
    expect((await ended('held')).status?.succeeded).to.equal(1);
  });
});

function play(...plays: Play[]): void {
  world().player.script(world().namespace, plays);
}

async function podThat(does: string, check: (pod: Stored<Pod>) => boolean): Promise<Stored<Pod>> {
  return eventually(`the Pod ${does}`, async () => (await list(PODS)).find(check));
}

async function ended(name: string): Promise<Stored<Job>> {
  return eventually('the Job has ended', async () => {
    const job = await world().api.get(JOBS, { namespace: world().namespace, name });
    return job.status?.conditions?.some(({ type }) => type === 'Complete' || type === 'Failed') === true ? job : false;
  });
}

async function createJob(name: string): Promise<void> {
  const containers = [{ name: 'porter-agent', image: 'registry.test/agent:1', args: ['version'] }];
  const spec = { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers } } } as Job['spec'];
  await world().api.create(JOBS, { metadata: { name, namespace: world().namespace }, spec });
}
