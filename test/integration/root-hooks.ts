import { builtWorld, setWorld, World, world } from './world.js';

const LINGER_MS = 10_000;
const BUILD_DEADLINE_MS = 30 * 60_000;

/** Mocha calls these around all integration tests. */
export const mochaHooks: Mocha.RootHookObject = {
  async beforeAll(this: Mocha.Context) {
    this.timeout(BUILD_DEADLINE_MS);
    setWorld(await World.build());
    process.stderr.write('  Pods are played: nothing is executed in this tier\n');
  },
  async beforeEach() {
    await world().newNamespace();
  },
  async afterEach(this: Mocha.Context) {
    if (this.currentTest?.state === 'failed') process.stderr.write(`\n${await world().tell()}\n\n`);
    if (!world().operator.isRunning) await world().operator.start();
  },
  async afterAll(this: Mocha.Context) {
    this.timeout(60_000);
    const built = builtWorld();
    setWorld(undefined);
    await built?.destroy();
    // Scenarios take the state store away; a played Porter that was talking to it then has no connection, as a real one.
    const problems = (built?.player.problems ?? []).filter(
      (problem) => !String(problem).startsWith('MongoNetworkError'),
    );
    // A connection that was cut in such a scenario may linger; the result is known, so the process need not wait for it.
    setTimeout(() => process.exit(), LINGER_MS).unref();
    if (problems.length > 0) throw new AggregateError(problems, `the player failed: ${String(problems[0])}`);
  },
};
