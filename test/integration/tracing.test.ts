import { expect } from 'chai';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { anInstallation } from '../support/builders.js';
import { eventually } from '../support/eventually.js';
import { OtlpReceiver, attributeOf } from '../support/otlp-receiver.js';
import { create, untilReady, world } from './world.js';

describe('An operator whose passes are traced', () => {
  const receiver = new OtlpReceiver();

  before(() => receiver.start());
  after(async () => {
    await world().operator.stop();
    await receiver.stop();
    await world().operator.start();
  });

  it('tells a collector what each pass asked of the API server', async () => {
    await world().operator.stop();
    await world().operator.start([`--otlp-endpoint=${receiver.endpoint}`]);
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const pass = await eventually('a pass with its requests is told', () =>
      receiver.spans.find(
        (span) =>
          span.name === 'reconcile installation' &&
          attributeOf(span, 'k8s.namespace.name') === world().namespace &&
          receiver.spans.some(({ parentSpanId }) => parentSpanId === span.spanId),
      ),
    );
    const requests = receiver.spans.filter(({ parentSpanId }) => parentSpanId === pass.spanId);
    expect(attributeOf(pass, 'name')).to.equal('shop');
    expect(requests.map((request) => attributeOf(request, 'url.path')).join(' ')).to.include(world().namespace);
    for (const request of requests)
      expect(Number(attributeOf(request, 'http.response.status_code'))).to.be.within(200, 499);
  });
});
