import { expect } from 'chai';
import { FakeClock } from '../../test/support/fake-clock.js';
import { WIDGETS } from '../../test/support/widgets.js';
import { Informers } from '../cache/index.js';
import type { Client, Transport } from '../client/index.js';
import { PODS } from '../client/index.js';
import { Metrics, silentLogger } from '../telemetry/index.js';
import type { Problems } from './probes.js';
import { healthRoutes, metricsRoutes } from './probes.js';

const WELL: Problems = { ofLife: () => [], ofReadiness: () => [] };

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

  it('is alive before it is ready', () => {
    expect(healthRoutes(informers, WELL)['/healthz']().code).to.equal(200);
  });

  it('says why it had better be started anew', () => {
    const problems = ['stuck', 'blocked'];
    expect(healthRoutes(informers, { ...WELL, ofLife: () => problems })['/healthz']()).to.include({
      code: 503,
      body: 'stuck\nblocked\n',
    });
  });

  it('says which caches are not filled, and is ready when all are', () => {
    const ready = healthRoutes(informers, WELL)['/readyz'];
    informers.watch(PODS).sinkOf().replace([], '1');
    expect(ready()).to.include({ code: 503, body: 'widgets.example.test: not listed yet\n' });
    informers.watch(WIDGETS).sinkOf().replace([], '1');
    expect(ready()).to.include({ code: 200 });
  });

  it('is not ready while something else is missing, and says so', () => {
    const routes = healthRoutes(informers, { ...WELL, ofReadiness: () => ['webhooks: no certificate'] });
    informers.watch(PODS).sinkOf().replace([], '1');
    informers.watch(WIDGETS).sinkOf().replace([], '1');
    expect(routes['/readyz']()).to.include({ code: 503, body: 'webhooks: no certificate\n' });
    expect(routes['/healthz']()).to.include({ code: 200 });
  });

  it('shows the numbers', async () => {
    const { body, contentType } = await metricsRoutes(new Metrics())['/metrics']();
    expect(contentType).to.include('text/plain');
    expect(body).to.include('# TYPE controller_runtime_reconcile_total counter');
  });
});
