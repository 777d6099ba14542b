import { expect } from 'chai';
import { HelloWorld } from './doubles/hello-world.js';

describe('the built-in agent, where others are or were at work,', () => {
  let world: HelloWorld;

  beforeEach(async () => (world = await HelloWorld.start()));
  afterEach(() => world.close());

  it('waits for another run of the same installation and then decides anew', async () => {
    const looksAtOthers = () => world.cluster.requests.filter((request) => request === 'GET jobs').length;
    world.deadlineSeconds = 1_000_000;
    world.bundle.isSlow = true;
    const first = world.apply();
    await until(() => world.bundle.runs.length === 1);
    world.bundle.isSlow = false;
    const before = looksAtOthers();
    const second = world.apply();
    await until(() => looksAtOthers() > before + 2);
    world.bundle.finishSlow();
    const results = await Promise.all([first, second]);
    expect(results.map(({ exitCode }) => exitCode)).to.deep.equal([0, 0]);
    expect(results[1].log).to.match(/waiting for bundle Job \S+ of the same installation/);
    expect(results[1].log).to.match(/already up-to-date/);
    expect(world.bundle.runs).to.have.length(1);
  });

  it('takes a result that is recorded for what it is, also before the installation tells of it', async () => {
    await world.apply();
    const { status, ...rest } = await world.recorded();
    const untold = { ...status, runId: '', action: '', resultId: '', resultStatus: '' as const, installed: null };
    await world.state.putInstallation({ ...rest, status: untold });
    expect((await world.apply()).log).to.match(/already up-to-date/);
    expect((await world.recorded()).status).to.include({
      resultStatus: 'succeeded',
      runId: (await world.lastRun())._id,
    });
  });

  it('records the end of a run whose agent is gone, before it decides', async () => {
    world.bundle.isSlow = true;
    world.steps.crash(28, 'after');
    await world.apply().catch(() => undefined);
    world.steps.calm();
    expect(world.bundle.runs, 'the first agent is to be gone while its bundle runs').to.have.length(1);
    world.bundle.isSlow = false;
    world.bundle.finishSlow();
    const result = await world.apply();
    expect(result.log)
      .to.match(/whose agent is gone/)
      .and.to.match(/already up-to-date/);
    expect((await world.recorded()).status.resultStatus).to.equal('succeeded');
    expect(world.bundle.runs).to.have.length(1);
  });
});

/** Lets everything else go on until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!isSo() && performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
  expect(isSo(), 'what was waited for').to.equal(true);
}
