import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually } from '../../test/support/eventually.js';
import type { Fault } from '../../test/support/fake-api-server.js';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import { systemClock, systemScheduler } from '../clock/index.js';
import { Metrics } from '../telemetry/index.js';
import { ApiError } from './api-error.js';
import { Client } from './client.js';
import { openTransport } from './connect.js';
import { withSignal, withoutSignal } from './pass-signal.js';
import type { Transport } from './request.js';
import { NotLeadingError, WriteFence } from './write-fence.js';

const KEY = { namespace: 'default', name: 'one' };
const GET_WIDGETS = { method: 'GET', path: '/apis/example.test/v1/widgets', repeatable: true } as const;
const BUSY: Fault = { code: 429, headers: { 'retry-after': '0' } };

/** The given faults one after the other, then none. */
function faults(...list: (Fault | undefined)[]): () => Fault | undefined {
  return () => list.shift();
}

async function failure(work: Promise<unknown>): Promise<ApiError> {
  const result: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(result instanceof ApiError)) throw new Error(`not an ApiError: ${String(result)}`);
  return result;
}

describe('HttpTransport', () => {
  let api: FakeApiServer;
  let transport: Transport;
  let client: Client;
  const metrics = new Metrics();

  beforeEach(async () => {
    api = await new FakeApiServer().start();
    transport = openTransport(() => api.kubeConfig(), metrics);
    client = new Client(transport);
  });

  afterEach(async () => {
    await transport.close();
    await api.stop();
  });

  it('sends the token and says who it is', async () => {
    await client.list(WIDGETS);
    expect(api.seen[0]?.headers).to.include({ authorization: 'Bearer secret', 'user-agent': 'porterops' });
  });

  it('opens few connections for many calls', async () => {
    let connections = 0;
    api.onConnection(() => connections++);
    await Promise.all(Array.from({ length: 200 }, () => client.list(WIDGETS)));
    expect(connections).to.be.at.most(16);
  });

  describe('whose connections are all taken by calls that hang', () => {
    let hanging: Promise<unknown>[];

    beforeEach(async () => {
      api.fault = ({ path }) => (path.endsWith('/hanging') ? 'hang' : undefined);
      const hang = () => transport.send({ method: 'POST', path: '/hanging', repeatable: false, deadlineMs: 400 });
      hanging = Array.from({ length: 16 }, () => hang().catch((error: unknown) => error));
      await eventually('all hang', () => api.seen.length === 16);
    });

    afterEach(async () => {
      await Promise.all(hanging);
    });

    it('makes an urgent call at once', async () => {
      await transport.send({ ...GET_WIDGETS, urgent: true, deadlineMs: 200 });
    });

    it('does not write what has waited so long that its fence is shut', async () => {
      const fence = new WriteFence(systemScheduler, systemClock);
      fence.open(systemScheduler.elapsed(), 60_000);
      const created = new Client(transport, fence).create(WIDGETS, aWidget('late')).catch((error: unknown) => error);
      await delay(50);
      fence.shut();
      expect(await created).to.be.instanceOf(NotLeadingError);
      expect(api.requests('POST', /widgets/)).to.deep.equal([]);
    });
  });

  it('does not repeat an urgent call: its caller knows when', async () => {
    api.fault = faults(BUSY);
    expect(await failure(transport.send({ ...GET_WIDGETS, urgent: true }))).to.include({ code: 429 });
    expect(api.seen).to.have.length(1);
  });

  it('repeats a read whose connection was reset', async () => {
    api.put(WIDGETS, aWidget('one'));
    api.fault = faults('reset', 'reset');
    expect((await client.get(WIDGETS, KEY)).metadata.name).to.equal('one');
    expect(api.seen).to.have.length(3);
  });

  it('does not create twice when the reply was lost', async () => {
    api.fault = faults('lose the reply');
    const error = await failure(client.create(WIDGETS, aWidget('one')));
    expect(error).to.include({ code: 0, reason: 'Unreachable' });
    expect(api.seen).to.have.length(1);
  });

  it('repeats a merge patch whose reply was lost', async () => {
    api.put(WIDGETS, aWidget('one'));
    api.fault = faults('lose the reply');
    await client.patch(WIDGETS, KEY, { spec: { size: 5 } });
    expect(api.get(WIDGETS, KEY)?.spec.size).to.equal(5);
  });

  it('comes back after 429, also with a create', async () => {
    api.fault = faults(BUSY, BUSY);
    await client.create(WIDGETS, aWidget('one'));
    expect(api.requests('POST')).to.have.length(3);
  });

  it('gives up on a server that stays busy, keeping what it asked for', async () => {
    api.fault = () => ({ code: 429, headers: { 'retry-after': '30' } });
    expect(await failure(client.list(WIDGETS))).to.include({ code: 429, retryAfterMs: 30_000 });
  });

  it('reads the credentials again when they are refused, once', async () => {
    let token = 'old';
    const other = new Client(openTransport(() => api.kubeConfig(token)));
    api.fault = ({ headers }) => (headers.authorization === 'Bearer new' ? undefined : { code: 401 });
    expect(await failure(other.list(WIDGETS))).to.include({ code: 401 });
    token = 'new';
    await other.list(WIDGETS);
    expect(api.seen.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer old',
      'Bearer old',
      'Bearer new',
    ]);
  });

  it('never takes a page of a load balancer for a list', async () => {
    api.fault = () => ({ code: 200, body: '<html>all is well</html>' });
    const error: unknown = await client.list(WIDGETS).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(Error);
  });

  it('never takes other JSON for a list', async () => {
    api.fault = () => ({ code: 200, body: { ok: true } });
    const error: unknown = await client.list(WIDGETS).catch((caught: unknown) => caught);
    expect(error)
      .to.be.instanceOf(Error)
      .with.property('message')
      .that.matches(/not a list/);
  });

  it('gives a call up at its deadline', async () => {
    api.fault = () => 'hang';
    const call = transport.send({ method: 'GET', path: '/api/v1/pods', repeatable: true, deadlineMs: 50 });
    expect(await failure(call)).to.include({ code: 0, reason: 'Timeout' });
  });

  it('gives a call up at its deadline that still waits for a connection', async () => {
    api.fault = () => 'hang';
    const hanging = Array.from({ length: 16 }, () => failure(client.list(WIDGETS)));
    await eventually('all connections are taken', () => api.seen.length === 16);
    const call = transport.send({ method: 'GET', path: '/api/v1/pods', repeatable: true, deadlineMs: 50 });
    expect(await failure(call)).to.include({ code: 0, reason: 'Timeout' });
    await transport.close();
    await Promise.all(hanging);
  });

  it('gives a call up at its deadline that still waits for credentials', async () => {
    const config = api.kubeConfig();
    config.applyToHTTPSOptions = () => new Promise(() => undefined);
    const call = openTransport(() => config).send({ method: 'GET', path: '/x', repeatable: true, deadlineMs: 50 });
    expect(await failure(call)).to.include({ code: 0, reason: 'Timeout' });
  });

  describe('within a piece of work that has a signal', () => {
    const work = new AbortController();
    const REASON = new Error('the pass took too long');

    it('cuts off what is under way, however deep, and begins nothing more', async () => {
      const { signal } = work;
      api.fault = () => 'hang';
      const deep = async () => failure(Promise.resolve().then(() => client.list(WIDGETS)));
      const call = withSignal(signal, deep);
      await eventually('a request', () => api.seen.length === 1);
      expect(getEventListeners(signal, 'abort')).to.have.length(1);
      work.abort(REASON);
      expect(await call).to.include({ code: 0, reason: 'Aborted', cause: REASON });
      expect(await withSignal(signal, deep)).to.include({ code: 0, reason: 'Aborted' });
      expect(api.seen).to.have.length(1);
    });

    it('leaves alone what has a signal of its own, or is done for others too', async () => {
      api.put(WIDGETS, aWidget('one'));
      const { signal } = new AbortController();
      await withSignal(AbortSignal.abort(REASON), async () => {
        expect(await client.list(WIDGETS, { signal })).to.have.length(1);
        expect(await withoutSignal(() => client.list(WIDGETS))).to.have.length(1);
      });
    });

    it('leaves nothing on the signal when it is done', async () => {
      const { signal } = new AbortController();
      await withSignal(signal, () => client.list(WIDGETS));
      expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    });
  });

  it('fails what is under way when it is closed', async () => {
    api.fault = () => 'hang';
    const call = failure(client.list(WIDGETS));
    await transport.close();
    expect((await call).code).to.equal(0);
  });

  it('counts replies by code', async () => {
    await client.find(WIDGETS, KEY);
    expect(await metrics.registry.metrics()).to.match(/rest_client_requests_total\{code="404",method="GET",host=/);
  });
});
