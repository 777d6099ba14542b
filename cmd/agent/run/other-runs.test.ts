import { expect } from 'chai';
import { OciRegistry } from '../../../test/support/oci-registry.js';
import { AgentWorld } from '../doubles/agent-world.js';
import { helloBundle } from '../doubles/hello-bundle.js';

describe('runs of other agents', () => {
  let registry: OciRegistry;
  let world: AgentWorld;
  before(async () => {
    registry = await new OciRegistry().start();
    registry.putBundle('hello', helloBundle(), 'v0.3.0');
  });
  after(() => registry.stop());
  beforeEach(async () => {
    world = await new AgentWorld(registry.host, () => ({ outputs: { greeting: 'x', secretout: 'y' } })).open();
  });
  afterEach(() => world.close());

  const shop = () => ({
    schemaVersion: '1.0.2',
    name: 'shop',
    namespace: 'dev',
    bundle: { repository: `${registry.host}/hello`, version: '0.3.0' },
  });

  /** A bundle Job as another agent's driver would leave it. */
  function otherJob(parts: { suspend?: boolean; annotations?: Record<string, string>; installation?: string }): void {
    const annotations = { 'cnab.io/installation': parts.installation ?? 'dev/shop', ...parts.annotations };
    world.cluster.put('jobs', {
      metadata: { namespace: 'team-a', name: 'other', labels: { 'cnab.io/driver': 'kubernetes' }, annotations },
      spec: { suspend: parts.suspend, template: {} },
    } as never);
  }

  it('that were claimed and never begun are cleared away when their agent is gone', async () => {
    const annotations = { 'getporter.org/agent-job': 'gone', 'getporter.org/run': 'R', 'cnab.io/revision': 'V' };
    otherJob({ suspend: true, annotations });
    expect((await world.apply(shop())).exitCode).to.equal(0);
    expect(world.cluster.jobs().map(({ metadata }) => metadata.name)).to.not.include('other');
  });

  it('block, and get a deadline when they have none', async () => {
    otherJob({});
    const result = await world.apply(shop());
    expect(result.log).to.match(/Error: bundle Job other of the same installation is still running/);
    expect(world.bundle.runs).to.have.length(0);
    const other = world.cluster.jobs().find(({ metadata }) => metadata.name === 'other');
    expect(other?.spec?.activeDeadlineSeconds).to.be.within(590, 610);
  });

  it('do not block when they are of another installation', async () => {
    otherJob({ installation: 'dev/shop2' });
    expect((await world.apply(shop())).exitCode).to.equal(0);
  });

  it('never run at the same time, however many agents start at once', async () => {
    const results = await Promise.all([world.apply(shop()), world.apply(shop()), world.apply(shop())]);
    expect(
      results.map(({ exitCode }) => exitCode),
      results.map(({ log }) => log).join('\n---\n'),
    ).to.deep.equal([0, 0, 0]);
    expect(world.bundle.runs).to.have.length(1);
  });
});
