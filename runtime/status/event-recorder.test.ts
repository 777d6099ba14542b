import { expect } from 'chai';
import { FakeApiServer } from '../../test/support/fake-api-server.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import type { KubernetesJson, Resource, Stored, Transport } from '../client/index.js';
import { Client, openTransport, withSignal } from '../client/index.js';
import { silentLogger } from '../telemetry/index.js';
import type { EventNote } from './event-recorder.js';
import { EventRecorder } from './event-recorder.js';

type AnEvent = KubernetesJson & { note?: string; regarding?: object; series?: { count: number }; eventTime?: string };
const EVENTS: Resource<AnEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};
const NOTE: EventNote = { type: 'Normal', reason: 'Installed', message: 'It is there.', action: 'Install' };

describe('EventRecorder', () => {
  let api: FakeApiServer;
  let transport: Transport;
  let clock: FakeClock;
  let recorder: EventRecorder;
  let object: Stored<KubernetesJson>;

  beforeEach(async () => {
    api = await new FakeApiServer().start();
    transport = openTransport(() => api.kubeConfig());
    clock = new FakeClock();
    recorder = new EventRecorder(new Client(transport), clock, silentLogger);
    object = api.put(WIDGETS, aWidget('one')) as Stored<KubernetesJson>;
  });

  afterEach(async () => {
    await transport.close();
    await api.stop();
  });

  async function record(note: EventNote = NOTE): Promise<AnEvent[]> {
    recorder.record(object, note);
    await recorder.flush();
    return api.list(EVENTS);
  }

  it('says what happened to which object', async () => {
    const [event] = await record();
    const { uid, resourceVersion } = object.metadata;
    expect(event).to.deep.include({ note: 'It is there.', reason: 'Installed', action: 'Install', type: 'Normal' });
    expect(event?.regarding).to.deep.equal({
      apiVersion: 'example.test/v1',
      kind: 'Widget',
      namespace: 'default',
      name: 'one',
      uid,
      resourceVersion,
    });
    expect(event?.eventTime).to.equal('2026-01-02T03:04:05.000000Z');
  });

  it('makes one event with a count of what is repeated', async () => {
    for (let i = 0; i < 3; i++) await record();
    expect(api.list(EVENTS)).to.have.length(1);
    expect(api.list(EVENTS)[0]?.series?.count).to.equal(3);
  });

  it('begins a new event after six quiet minutes', async () => {
    await record();
    await clock.advance(6 * 60_000);
    expect(await record()).to.have.length(2);
  });

  it('keeps different things apart', async () => {
    await record();
    expect(await record({ ...NOTE, message: 'Something else.' })).to.have.length(2);
  });

  it('waits for the event before it counts it up', async () => {
    for (let i = 0; i < 5; i++) recorder.record(object, NOTE);
    await recorder.flush();
    expect(api.list(EVENTS).map(({ series }) => series?.count)).to.deep.equal([5]);
    expect(api.requests('POST')).to.have.length(1);
  });

  it('begins a new event when the last one has expired on the server', async () => {
    const [event] = await record();
    api.remove(EVENTS, event!.metadata);
    expect(await record()).to.have.length(1);
    await record();
    expect(api.list(EVENTS)[0]?.series?.count).to.equal(2);
  });

  it('tells at the next occurrence what could not be told at the first', async () => {
    api.fault = ({ method }) => (method === 'POST' ? { code: 500 } : undefined);
    expect(await record()).to.deep.equal([]);
    api.fault = () => undefined;
    expect(await record()).to.have.length(1);
    expect(api.requests('PATCH')).to.deep.equal([]);
  });

  it('counts in bytes what is too long, and cuts no character in two', async () => {
    const [event] = await record({ ...NOTE, message: `x${'ü'.repeat(600)}` });
    expect(event?.note).to.equal(`x${'ü'.repeat(511)}`);
  });

  it('cuts a character of four bytes as a whole, too', async () => {
    const [event] = await record({ ...NOTE, message: `xx${'🛒'.repeat(300)}` });
    expect(event?.note).to.equal(`xx${'🛒'.repeat(255)}`);
  });

  it('shortens what is too long for an event', async () => {
    const [event] = await record({ ...NOTE, message: 'x'.repeat(5000) });
    expect(event?.note).to.have.length(1024);
  });

  it('never fails or delays the one who tells', async () => {
    api.fault = ({ path }) => (path.includes('/events') ? { code: 403 } : undefined);
    expect(await record()).to.deep.equal([]);
    api.fault = () => undefined;
    expect(await record({ ...NOTE, message: 'Later.' })).to.have.length(1);
  });

  it('tells also what a pass had to say that is cut off meanwhile', async () => {
    await withSignal(AbortSignal.abort(), () => record());
    expect(api.list(EVENTS)).to.have.length(1);
  });

  it('drops what a storm brings beyond measure', async () => {
    for (let i = 0; i < 2000; i++) recorder.record(object, { ...NOTE, message: `m${i}` });
    await recorder.flush();
    expect(api.requests('POST').length).to.be.within(250, 260);
  });
});
