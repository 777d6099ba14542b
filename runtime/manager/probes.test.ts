import { expect } from 'chai';
import { FakeClock } from '../../test/support/fake-clock.js';
import { WIDGETS } from '../../test/support/widgets.js';
import { Informers } from '../cache/index.js';
import type { Client, Transport } from '../client/index.js';
import { PODS } from '../client/index.js';
import { Metrics, silentLogger } from '../telemetry/index.js';
import { healthRoutes, metricsRoutes } from './probes.js';

describe('Probes', () => {
  let informers: Informers;

  beforeEach(() => {
    const none = {} as unknown as Client & Transport;
    const random = { next: () => 0 };
    const scheduler = new FakeClock();
    informers = new Informers({ client: none, transport: none, scheduler, random, log: silentLogger, scope: {} });
    informers.watch(WIDGETS);
    informers.watch(PODS);
  });

  it('is alive before it is ready', async () => {
    expect((await healthRoutes(informers, () => [])['/healthz']!()).code).to.equal(200);
  });

  it('says why it had better be started anew', async () => {
    const problems = ['stuck', 'blocked'];
    expect(await healthRoutes(informers, () => problems)['/healthz']!()).to.include({
      code: 503,
      body: 'stuck\nblocked\n',
    });
  });

  it('says which caches are not filled, and is ready when all are', async () => {
    const ready = healthRoutes(informers, () => [])['/readyz']!;
    informers.watch(PODS).sinkOf().replace([], '1');
    expect(await ready()).to.include({ code: 503, body: 'widgets.example.test: not listed yet\n' });
    informers.watch(WIDGETS).sinkOf().replace([], '1');
    expect(await ready()).to.include({ code: 200 });
  });

  it('shows the numbers', async () => {
    const { body, contentType } = await metricsRoutes(new Metrics())['/metrics']!();
    expect(contentType).to.include('text/plain');
    expect(body).to.include('# TYPE controller_runtime_reconcile_total counter');
  });
});
