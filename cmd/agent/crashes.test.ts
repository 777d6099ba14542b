import { expect } from 'chai';
import { HelloWorld } from './doubles/hello-world.js';
import { Crash } from './doubles/steps.js';

describe('the built-in agent, ended at any moment and started again,', () => {
  let world: HelloWorld;

  beforeEach(async () => (world = await HelloWorld.start()));
  afterEach(() => world.close());

  const ends = (['before', 'after'] as const).flatMap((when) => [
    { when, again: true, who: 'it' },
    { when, again: false, who: 'another agent' },
  ]);
  for (const { when, again, who } of ends) {
    it(`runs the bundle once and records one result, ${when} whichever request it ends and ${who} goes on`, async function () {
      this.timeout(60_000);
      await world.apply();
      const total = world.steps.count;
      expect(total).to.be.greaterThan(15);
      for (let step = 1; step <= total; step++) {
        await world.close();
        world = await HelloWorld.start();
        world.steps.crash(step, when);
        const first = await world.apply({ credentialSets: [] }).catch((error: unknown) => error);
        if (!(first instanceof Crash)) {
          expect(step, 'every request of a run is to be met').to.be.greaterThan(15);
          break;
        }
        world.steps.calm();
        const second = await world.apply({ credentialSets: [] }, { again });
        const at = `${when} step ${step}: ${second.log}`;
        expect(second.exitCode, at).to.equal(0);
        expect(world.bundle.runs, at).to.have.length(1);
        // A run that was recorded and never let go stays in the record as Porter would leave it.
        if (again) expect(world.state.runRecords.size, at).to.equal(1);
        const finals = [...world.state.resultRecords.values()].filter(({ status }) => status !== 'running');
        expect(
          finals.map(({ status }) => status),
          at,
        ).to.deep.equal(['succeeded']);
        expect((await world.recorded()).status, at).to.include({
          resultStatus: 'succeeded',
          runId: (await world.lastRun())._id,
        });
        expect(
          [...world.state.outputRecords.values()].map(({ name }) => name),
          at,
        ).to.include('greeting');
        expect(world.cluster.secrets(), at).to.deep.equal([]);
      }
    });
  }
});
