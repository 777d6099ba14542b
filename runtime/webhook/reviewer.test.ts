import { expect } from 'chai';
import { FakeClock } from '../../test/support/fake-clock.js';
import { HttpEndpoint } from '../http/index.js';
import { Admission, CustomResource, KubernetesObject } from '../schema/index.js';
import { Metrics, silentLogger } from '../telemetry/index.js';
import { Reviewer } from './reviewer.js';

@Admission<Gadget>({
  problems: ({ size = 0 }) => (size > 5 ? [{ path: ['spec', 'size'], text: 'is above 5' }] : []),
  fromMetadata: { name: 'name' },
})
@CustomResource({ group: 'example.test', version: 'v1', kind: 'Gadget', plural: 'gadgets', scope: 'Namespaced' })
class Gadget extends KubernetesObject {
  spec?: { size?: number; name?: string };
}

const KIND = { group: 'example.test', version: 'v1', kind: 'Gadget' };

const reviewOf = (fields: object): object => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { uid: 'u-1', kind: KIND, operation: 'CREATE', namespace: 'ns', name: 'g', ...fields },
});
const gadget = (size: number) => ({ metadata: { name: 'g', namespace: 'ns' }, spec: { size } });

describe('Reviewer', () => {
  let endpoint: HttpEndpoint;
  let metrics: Metrics;
  let logged: object[];

  beforeEach(async () => {
    metrics = new Metrics();
    logged = [];
    const log = { ...silentLogger, info: (fields: object) => logged.push(fields) };
    const reviewer = new Reviewer([Gadget], { scheduler: new FakeClock(), metrics, log }, 2_000);
    endpoint = new HttpEndpoint('127.0.0.1:0', {
      '/validate': (request) => reviewer.validate(request),
      '/default': (request) => reviewer.default(request),
    });
    await endpoint.start();
  });
  afterEach(() => endpoint.stop());

  const ask = async (body: RequestInit['body'], init: RequestInit = {}, path = '/validate') => {
    const response = await fetch(`http://127.0.0.1:${endpoint.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      ...init,
    });
    return `${response.status} ${await response.text()}`;
  };
  const review = async (fields: object, path?: string) => {
    const text = await ask(JSON.stringify(reviewOf(fields)), {}, path);
    expect(text).to.match(/^200 /);
    return JSON.parse(text.slice(4)) as { apiVersion: string; kind: string; response: Record<string, unknown> };
  };
  const counted = async (name: string) => (await metrics.registry.getSingleMetric(name)!.get()).values;

  it('answers a review with a review of the same uid', async () => {
    expect(await review({ object: gadget(1) })).to.deep.equal({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u-1', allowed: true },
    });
    const { response } = await review({ uid: 'u-2', object: gadget(6) });
    expect(response).to.include({ uid: 'u-2', allowed: false });
    expect(response['status']).to.include({ code: 422, message: 'spec.size is above 5' });
  });

  it('answers another path with what is to be filled in', async () => {
    const { response } = await review({ object: gadget(6) }, '/default?timeout=5s');
    expect(response).to.include({ uid: 'u-1', allowed: true, patchType: 'JSONPatch' });
  });

  it('takes a charset along with the content type', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect(await ask(JSON.stringify(reviewOf({ object: gadget(1) })), { headers })).to.match(/^200 /);
  });

  it('says in the log what was refused, and not the object', async () => {
    await review({ object: gadget(6) });
    const message = 'spec.size is above 5';
    expect(logged).to.deep.equal([{ uid: 'u-1', kind: 'Gadget', namespace: 'ns', name: 'g', message }]);
  });

  const WRONG: readonly (readonly [what: string, body: string, answer: string])[] = [
    ['nothing', '', '400 this is no AdmissionReview: expected JSON'],
    ['text', 'hello', '400 this is no AdmissionReview: expected JSON'],
    ['half of a review', JSON.stringify(reviewOf({})).slice(0, 60), '400 this is no AdmissionReview: expected JSON'],
    ['a list', '[]', '400 this is no AdmissionReview: expected an object'],
    ['another kind', '{"apiVersion":"v1","kind":"Pod"}', '400 this is no AdmissionReview: expected apiVersion'],
    [
      'another version',
      JSON.stringify({ ...reviewOf({}), apiVersion: 'admission.k8s.io/v1beta1' }),
      '400 this is no AdmissionReview: expected apiVersion admission.k8s.io/v1 and kind AdmissionReview',
    ],
    [
      'no request',
      JSON.stringify({ ...reviewOf({}), request: null }),
      '400 this is no AdmissionReview: expected a request',
    ],
    ['no uid', JSON.stringify(reviewOf({ uid: 7 })), '400 this is no AdmissionReview: expected request.uid'],
    ['no kind', JSON.stringify(reviewOf({ kind: 'Gadget' })), '400 this is no AdmissionReview: expected request.kind'],
    [
      'an unknown operation',
      JSON.stringify(reviewOf({ operation: 'LOOK' })),
      '400 this is no AdmissionReview: expected request.operation',
    ],
    [
      'no object',
      JSON.stringify(reviewOf({ object: null })),
      '400 this is no AdmissionReview: expected request.object',
    ],
    [
      'an object without metadata',
      JSON.stringify(reviewOf({ object: { spec: {} } })),
      '400 this is no AdmissionReview: expected request.object',
    ],
    [
      'an update of nothing',
      JSON.stringify(reviewOf({ operation: 'UPDATE', object: gadget(1) })),
      '400 this is no AdmissionReview: expected request.oldObject',
    ],
    [
      'an object of a kind without rules',
      JSON.stringify(reviewOf({ kind: { ...KIND, kind: 'constructor' }, object: gadget(1) })),
      '400 there are no rules for example.test/v1 constructor; there are for: example.test/v1 Gadget',
    ],
  ];
  for (const [what, body, answer] of WRONG) {
    it(`refuses ${what} and says why`, async () => {
      expect((await ask(body)).startsWith(answer), await ask(body)).to.equal(true);
      expect((await review({ object: gadget(1) })).response['allowed']).to.equal(true);
    });
  }

  it('refuses what is asked in another way', async () => {
    expect(await ask(undefined, { method: 'GET' })).to.equal('405 reviews are asked for by POST\n');
    const headers = { 'content-type': 'application/yaml' };
    expect(await ask('{}', { headers })).to.equal('415 a review is of content type application/json\n');
  });

  it('refuses what is no UTF-8', async () => {
    expect(await ask(Buffer.from([0x7b, 0xff, 0x7d]))).to.equal('400 the body is not UTF-8\n');
  });

  it('refuses more than two of the largest objects, told of or not, and goes on', async () => {
    const large = 'x'.repeat(8 * 1024 * 1024);
    expect(await ask(large)).to.equal('413 the body is larger than 7340032 bytes\n');
    const stream = new Blob([large]).stream();
    const streamed = ask(stream, { duplex: 'half' }).catch(String);
    expect(await streamed).to.match(/^413 |TypeError: fetch failed/);
    expect((await review({ object: gadget(1) })).response['allowed']).to.equal(true);
  });

  it('does not wait for what does not come', async () => {
    const never = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) });
    const answer = await ask(never, { duplex: 'half' });
    expect(answer).to.equal('408 the body did not come within 2000 ms\n');
  });

  it('judges an object that is nested without end, and goes on', async () => {
    const depth = 9_000;
    const body = JSON.stringify(reviewOf({ object: { ...gadget(1), extra: 0 } })).replace(
      '"extra":0',
      `"extra":${'['.repeat(depth)}${']'.repeat(depth)}`,
    );
    expect(await ask(body)).to.match(/^200 /);
  });

  it('counts reviews under controller-runtime’s names', async () => {
    await review({ object: gadget(1) });
    await ask('');
    expect(await counted('controller_runtime_webhook_requests_total')).to.deep.equal([
      { value: 1, labels: { webhook: '/validate', code: '200' } },
      { value: 1, labels: { webhook: '/validate', code: '400' } },
    ]);
    expect(await counted('controller_runtime_webhook_requests_in_flight')).to.deep.equal([
      { value: 0, labels: { webhook: '/validate' } },
    ]);
    const latencies = await counted('controller_runtime_webhook_latency_seconds');
    expect(
      latencies.find(
        (one) => 'metricName' in one && one.metricName === 'controller_runtime_webhook_latency_seconds_count',
      )?.value,
    ).to.equal(2);
  });
});
