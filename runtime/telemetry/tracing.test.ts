import { expect } from 'chai';
import { OtlpReceiver, attributeOf, type SentSpan } from '../../test/support/otlp-receiver.js';
import { silentLogger } from './logger.js';
import { Tracing } from './tracing.js';

describe('Tracing', () => {
  let receiver: OtlpReceiver;
  let tracing: Tracing;

  beforeEach(async () => {
    receiver = new OtlpReceiver();
    await receiver.start();
  });

  afterEach(async () => {
    await tracing.stop();
    await receiver.stop();
  });

  const start = async (ratio = 1) => {
    tracing = new Tracing({ endpoint: receiver.endpoint, ratio }, silentLogger);
    await tracing.start();
  };
  const sent = async (): Promise<SentSpan[]> => {
    await tracing.stop();
    return receiver.spans;
  };
  const nothing = () => Promise.resolve();

  it('only does the work when it is off', async () => {
    tracing = new Tracing();
    await tracing.start();
    const work = tracing.span('pass', {}, (span) => {
      span.set({ a: 1 });
      return Promise.resolve('done');
    });
    expect(await work).to.equal('done');
    expect(tracing.headers()).to.deep.equal({});
  });

  it('sends what happened, each within what it belongs to', async () => {
    await start();
    await tracing.span('pass', { name: 'shop' }, async (span) => {
      await tracing.request('PATCH', { 'url.path': '/x' }, nothing);
      span.set({ outcome: 'done' });
    });
    const [request, pass] = await sent();
    expect(receiver.paths).to.deep.equal(['/v1/traces']);
    expect(request).to.include({ name: 'PATCH', traceId: pass?.traceId, parentSpanId: pass?.spanId, kind: 3 });
    expect(pass).to.include({ name: 'pass', kind: 1 });
    expect([attributeOf(pass, 'name'), attributeOf(pass, 'outcome')]).to.deep.equal(['shop', 'done']);
  });

  it('tells the server of the trace that a request belongs to', async () => {
    await start();
    const headers = await tracing.request('GET', {}, () => Promise.resolve(tracing.headers()));
    const [request] = await sent();
    expect(headers).to.deep.equal({ traceparent: `00-${request?.traceId}-${request?.spanId}-01` });
  });

  it('ends work that fails as failed, and lets the error through', async () => {
    await start();
    const work = tracing.span('pass', {}, () => Promise.reject(new Error('no')));
    expect(await work.catch((error: unknown) => error)).to.have.property('message', 'no');
    expect((await sent())[0]?.status).to.deep.equal({ code: 2, message: 'no' });
  });

  it('leaves out the passes that are not wanted, with their requests', async () => {
    await start(0);
    await tracing.span('pass', {}, () => tracing.request('GET', {}, nothing));
    expect(await sent()).to.deep.equal([]);
  });

  it('does its work and ends in time while the receiver is away', async () => {
    await start();
    await receiver.stop();
    expect(await tracing.span('pass', {}, () => Promise.resolve('done'))).to.equal('done');
    await tracing.stop();
  }).timeout(20_000);
});
