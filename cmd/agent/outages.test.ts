import { expect } from 'chai';
import { HELLO_OUTPUTS } from './doubles/hello-bundle.js';
import { HelloWorld } from './doubles/hello-world.js';

describe('the built-in agent, while the state store or the API server is in trouble,', () => {
  let world: HelloWorld;

  beforeEach(async () => (world = await HelloWorld.start()));
  afterEach(() => world.close());

  it('waits for a state store that is away for minutes', async () => {
    world.state.outage = 20;
    expect((await world.apply()).exitCode).to.equal(0);
  });

  it('waits for it also after the bundle has run', async () => {
    world.bundle.play = () => {
      world.state.outage = 20;
      return { outputs: HELLO_OUTPUTS };
    };
    expect((await world.apply()).exitCode).to.equal(0);
    expect((await world.recorded()).status.resultStatus).to.equal('succeeded');
  });

  it('gives up at its deadline, naming the store', async () => {
    world.state.outage = Infinity;
    expect((await world.apply()).log).to.match(/Error: the state store is unavailable: server selection error/);
  });

  it('comes to the same end, whichever reply is lost', async function () {
    this.timeout(60_000);
    await world.apply({ credentialSets: [] });
    const total = world.steps.count;
    for (let step = 1; step <= total; step++) {
      await world.close();
      world = await HelloWorld.start();
      world.steps.lost = step;
      const result = await world.apply({ credentialSets: [] });
      const at = `reply ${step}: ${result.log}`;
      expect(result.exitCode, at).to.equal(0);
      expect(world.bundle.runs, at).to.have.length(1);
      expect(
        [...world.state.resultRecords.values()].map(({ status }) => status),
        at,
      ).to.deep.equal(['running', 'succeeded']);
      expect(world.cluster.secrets(), at).to.deep.equal([]);
    }
  });
});
