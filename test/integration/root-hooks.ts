import { clusterName } from '../support/cluster.js';
import { builtWorld, setWorld, World, world } from './world.js';

const BUILD_DEADLINE_MS = 30 * 60_000;
/** When everything has been ended nothing keeps the process alive; what still does is a leak, and would for ever. */
const LINGER_MS = 30_000;
/** For the end of everything. */
const END_MS = 300_000;

/** Mocha calls these around the integration tests of each process; all files that come to a process share its world. */
export const mochaHooks: Mocha.RootHookObject = {
  async beforeAll(this: Mocha.Context) {
    this.timeout(BUILD_DEADLINE_MS);
    // One that broke in an earlier file must not fail all that come to this process.
    if ((await builtWorld()?.works()) === true) return;
    await builtWorld()
      ?.destroy()
      .catch(() => undefined);
    setWorld(await World.build());
    process.stderr.write('  Pods are played: nothing is executed in this tier\n');
  },
  async beforeEach() {
    await world().newNamespace();
  },
  async afterEach(this: Mocha.Context) {
    const test = this.currentTest;
    if (test?.state === 'failed') {
      const story = await world().tell();
      process.stderr.write(
        `\nfailed on cluster ${clusterName('integration')}: ${test.fullTitle()}\n${test.err?.message ?? ''}\n${story}\n\n`,
      );
    }
    if (!world().operator.isRunning) await world().operator.start();
  },
  afterAll() {
    expectNoProblems(builtWorld());
  },
};

/** Mocha calls this once, after all tests; of several processes in the one that runs none (run-integration.ts ends the worlds). */
export async function mochaGlobalTeardown(): Promise<void> {
  const built = builtWorld();
  setWorld(undefined);
  setTimeout(endLingering, END_MS).unref();
  await built?.destroy();
  expectNoProblems(built);
  setTimeout(endLingering, LINGER_MS).unref();
}

function expectNoProblems(built: World | undefined): void {
  const problems = built?.player.problems.splice(0) ?? [];
  if (problems.length > 0) throw new AggregateError(problems, `the player failed: ${String(problems[0])}`);
}

function endLingering(): void {
  process.stderr.write(`still open after all tests: ${process.getActiveResourcesInfo().join(', ')}\n`);
  process.once('exit', () => (process.exitCode = 1));
  process.exit();
}
