import { expect } from 'chai';
import { LOGS_OUTPUT } from '../../integrations/porter/state/index.js';
import { helloBundle } from './doubles/hello-bundle.js';
import { HelloWorld } from './doubles/hello-world.js';

describe('the built-in agent, when a bundle fails,', () => {
  let world: HelloWorld;

  beforeEach(async () => (world = await HelloWorld.start()));
  afterEach(() => world.close());

  it('records the failure, keeps the log and ends with the bundle’s own words', async () => {
    world.bundle.play = () => ({
      exitCode: 17,
      log: 'Install\nError: error running command helper.sh: exit status 17\n1 error occurred:',
      outputs: { 'porter-state': 's' },
    });
    const result = await world.apply();
    expect(result.exitCode).to.equal(1);
    expect(result.log.split('\n').at(-1)).to.match(
      /^Error: the bundle's install failed: error running command helper\.sh: exit status 17; bundle Pod \S+ exited with code 17$/,
    );
    expect(world.state.writes).to.include('result failed').and.to.include(`output ${LOGS_OUTPUT}`);
    expect((await world.recorded()).status).to.include({ resultStatus: 'failed', installed: null });
  });

  it('names an output that is missing', async () => {
    world.bundle.play = () => ({ outputs: { secretout: 'x' } });
    expect((await world.apply()).log).to.match(/Error: required output greeting is missing and has no default/);
    expect((await world.recorded()).status.resultStatus).to.equal('failed');
  });

  it('takes no default for an output that did not get here, nor older state', async () => {
    const bundle = helloBundle();
    bundle.definitions['greeting-output'] = { type: 'string', default: 'hello' } as never;
    world.registry.putBundle('defaults', bundle, 'v0.3.0');
    const defaults = { bundle: world.bundleOf('defaults') };
    for (const tooLarge of ['greeting', 'porter-state']) {
      world.bundle.play = () => ({ outputs: { secretout: 'x' }, tooLarge: [tooLarge] });
      expect((await world.apply(defaults)).log).to.include(
        `required output ${tooLarge} is missing: the outputs are larger than 1 MiB`,
      );
    }
    world.bundle.play = () => ({ outputs: { secretout: 'x' } });
    expect((await world.apply(defaults)).exitCode).to.equal(0);
    const given = [...world.state.outputRecords.values()].find(({ name }) => name === 'greeting');
    expect(Buffer.from(given?.value ?? '', 'base64').toString()).to.equal('hello');
  });

  it('gives up a Pod whose image cannot be pulled, and says why', async () => {
    world.bundle.stuck = {
      phase: 'Pending',
      containerStatuses: [
        {
          name: 'invocation',
          image: '',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } },
        },
      ],
    };
    const result = await world.apply();
    expect(result.log).to.match(
      /Error: the bundle's install failed; bundle Pod \S+ cannot start: ImagePullBackOff: Back-off pulling image/,
    );
    expect(world.cluster.jobs()).to.deep.equal([]);
  });

  it('waits for a node until the deadline, and then names it', async () => {
    world.bundle.stuck = {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' },
      ],
    };
    const result = await world.apply();
    expect(result.log).to.match(
      /Error: .*ran longer than its deadline of 55\d s; its Pod was waiting: Unschedulable: 0\/1 nodes are available/,
    );
  });

  it('records the failure also when the log is gone together with its node', async () => {
    world.bundle.play = () => ({ exitCode: 1, log: 'never seen' });
    world.cluster.isNodeGone = true;
    const result = await world.apply();
    expect(result.log).to.match(/Error: the bundle's install failed; bundle Pod \S+ exited with code 1$/);
    expect((await world.recorded()).status.resultStatus).to.equal('failed');
  });

  it('does not guess when the Job is removed behind its back', async () => {
    world.bundle.isSlow = true;
    const looks = world.apply();
    world.cluster.onChange((kind) => {
      if (kind === 'pods')
        setImmediate(() => world.cluster.remove('jobs', world.cluster.jobs()[0]?.metadata.name ?? ''));
    });
    expect((await looks).log).to.match(/Error: bundle Job \S+ left no result: it is gone/);
    expect(world.state.writes).to.not.include('result failed');
  });
});
