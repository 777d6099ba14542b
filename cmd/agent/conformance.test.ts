import { expect } from 'chai';
import { writeParameterSet, type InstallationDocument } from '../../integrations/porter/index.js';
import { OciRegistry } from '../../test/support/oci-registry.js';
import { CONFORMANCE, RESOLUTION, changed, type ConformanceCase, type Past } from './conformance.js';
import { AgentWorld, type AgentRunResult } from './doubles/agent-world.js';
import { helloBundle } from './doubles/hello-bundle.js';

describe('the built-in agent decides as Porter does', () => {
  let registry: OciRegistry;
  let world: AgentWorld;
  let failing = false;

  before(async () => {
    registry = await new OciRegistry().start();
    registry.putBundle('hello', helloBundle('0.3.0'), 'v0.3.0');
    registry.putBundle('hello', helloBundle('0.4.0'), 'v0.4.0');
  });
  after(() => registry.stop());
  beforeEach(async () => {
    failing = false;
    const outputs = { greeting: 'hello', secretout: 'a secret value', 'porter-state': 'state' };
    world = await new AgentWorld(registry.host, () => ({ exitCode: failing ? 17 : 0, outputs })).open();
    await world.secret('hello-token', 'token-value');
    const credentials = [{ name: 'token', source: { secret: 'hello-token' } }];
    for (const name of ['hello-creds', 'other-creds']) {
      await world.state.putCredentialSet({ schemaVersion: '1.0.1', namespace: 'dev', name, credentials, status: {} });
    }
  });
  afterEach(() => world.close());

  const plain = (): InstallationDocument => ({
    schemaVersion: '1.0.2',
    name: 'shop',
    namespace: 'dev',
    bundle: { repository: `${registry.host}/hello`, version: '0.3.0' },
    credentialSets: ['hello-creds'],
    parameters: { name: 'first' },
  });

  /** The document last applied, as each step of the past leaves it. */
  function bringAbout(
    past: Past,
    document: InstallationDocument,
  ): [InstallationDocument, () => Promise<AgentRunResult>] {
    const next = past === 'failed upgrade' ? { ...document, parameters: { name: 'changed once' } } : document;
    if (past === 'invoke status')
      return [next, () => world.run(['installation', 'invoke', 'shop', '--action', 'status', '-n', 'dev'])];
    const uninstalled = past.endsWith('uninstall');
    return [next, () => world.apply({ ...next, uninstalled }, { force: past === 'reinstall by force' })];
  }

  for (const row of CONFORMANCE) {
    it(sentence(row), async () => {
      let document = plain();
      for (const past of row.past) {
        failing = past.startsWith('failed');
        const [next, command] = bringAbout(past, document);
        expect((await command()).exitCode, past).to.equal(failing ? 1 : 0);
        document = next;
      }
      failing = false;
      const before = world.bundle.runs.length;
      const result = await world.apply(
        { ...changed(document, row.change), uninstalled: row.uninstalled },
        { force: row.force },
      );
      expect(result.log).to.include(row.says);
      expect(result.exitCode).to.equal(0);
      expect(world.bundle.runs.slice(before).map(({ env }) => env['CNAB_ACTION'])).to.deep.equal(
        row.runs ? [row.runs] : [],
      );
      const last = await world.state.lastRun('dev', 'shop');
      if (row.runs) expect(last?.action).to.equal(row.runs);
    });
  }
});

describe('the built-in agent resolves parameters as Porter does', () => {
  let registry: OciRegistry;
  let world: AgentWorld;

  before(async () => {
    registry = await new OciRegistry().start();
  });
  after(() => registry.stop());
  beforeEach(async () => {
    const outputs = { greeting: 'hello', secretout: 'a secret value' };
    world = await new AgentWorld(registry.host, () => ({ outputs })).open();
  });
  afterEach(() => world.close());

  for (const { about, definition, parameter, sets = [], inline, sees } of RESOLUTION) {
    it(`${sees === undefined ? 'refuses' : 'gives'} ${about}`, async () => {
      const { definitions, parameters, ...rest } = helloBundle();
      const bundle = {
        ...rest,
        definitions: { ...definitions, 'x-parameter': definition },
        parameters: { ...parameters, x: { definition: 'x-parameter', destination: { env: 'X' }, ...parameter } },
      };
      registry.putBundle('hello', bundle, 'v0.3.0');
      for (const [index, value] of sets.entries()) {
        const set = {
          schemaVersion: '1.1.0',
          name: `set-${index}`,
          namespace: 'dev',
          parameters: [{ name: 'x', source: { value } }],
        };
        await world.write('work/parameters.yaml', writeParameterSet(set));
        expect((await world.run(['parameters', 'apply', 'parameters.yaml'])).exitCode).to.equal(0);
      }
      const result = await world.apply({
        ...{ schemaVersion: '1.0.2', name: 'shop', namespace: 'dev' },
        bundle: { repository: `${registry.host}/hello`, version: '0.3.0' },
        parameterSets: sets.map((_, index) => `set-${index}`),
        parameters: inline === undefined ? {} : { x: inline },
      });
      expect(result.exitCode, result.log).to.equal(sees === undefined ? 1 : 0);
      expect(world.bundle.runs.map(({ env }) => env['X'] ?? null)).to.deep.equal(sees === undefined ? [] : [sees]);
    });
  }
});

function sentence({ past, uninstalled, force, change, runs }: ConformanceCase): string {
  const wish = [
    uninstalled ? 'uninstalled' : 'installed',
    ...(change ? [`with another ${change}`] : []),
    ...(force ? ['by force'] : []),
  ];
  return `${runs ? `runs ${runs}` : 'runs nothing'} when ${past.join(', ') || 'nothing'} went before and it is wished ${wish.join(' ')}`;
}
