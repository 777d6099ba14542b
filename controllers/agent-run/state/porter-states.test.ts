import { expect } from 'chai';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import type { StateStore } from '../config/effective-porter-config.js';
import type { RunConfiguration } from '../config/run-configuration.js';
import type { EmbeddedStore } from './embedded-store.js';
import { PorterStates } from './porter-states.js';
import type { StoreUrls } from './store-urls.js';

function statesWith(
  storeOf: (namespace: string) => StateStore,
  clock = new FakeClock(),
  resolve = (_: string, url: string) => Promise.resolve(url),
): PorterStates {
  const configuration = { porter: (namespace: string) => ({ store: storeOf(namespace) }) };
  const urls = { resolve };
  return new PorterStates(
    configuration as unknown as RunConfiguration,
    {} as EmbeddedStore,
    urls as unknown as StoreUrls,
    clock,
  );
}

describe('PorterStates.serverOf', () => {
  it('is the same for namespaces with the same address', () => {
    const states = statesWith(() => ({ kind: 'External', url: 'mongodb://store/porter' }));
    expect(states.serverOf('shop')).to.equal(states.serverOf('other'));
  });

  it('is different where the address takes something from the Secrets of each namespace', () => {
    const states = statesWith(() => ({ kind: 'External', url: 'mongodb://me:${secret.db/password}@store/porter' }));
    expect(states.serverOf('shop')).not.to.equal(states.serverOf('other'));
    expect(states.serverOf('shop')).to.equal(states.serverOf('shop'));
  });
});

describe('A login that changes', () => {
  it('replaces the connections of the one before', async () => {
    let password = 'one';
    const resolve = (_: string, url: string) => Promise.resolve(url.replace('${secret.db/password}', password));
    const store: StateStore = { kind: 'External', url: 'mongodb://me:${secret.db/password}@localhost/porter' };
    const states = statesWith(() => store, new FakeClock(), resolve);
    const stateNow = () => states.ask('shop', (state) => Promise.resolve(state!));
    const first = await stateNow();
    expect(await stateNow()).to.equal(first);
    let isClosed = false;
    first.close = () => Promise.resolve(void (isClosed = true));
    password = 'two';
    expect(await stateNow()).not.to.equal(first);
    expect(isClosed).to.equal(true);
    await states.close();
  });
});

describe('A server that does not answer', () => {
  const REST_MS = 10_000;
  let clock: FakeClock;
  let states: PorterStates;
  let asked: string[];
  let isAway: boolean;

  beforeEach(() => {
    clock = new FakeClock();
    states = statesWith((namespace) => ({ kind: 'External', url: `mongodb://${namespace.slice(0, 1)}/porter` }), clock);
    asked = [];
    isAway = true;
  });

  afterEach(() => states.close());

  const ask = (namespace: string) =>
    states
      .ask(namespace, () => {
        asked.push(namespace);
        return isAway ? Promise.reject(new StateUnavailableError('away')) : Promise.resolve('an answer');
      })
      .catch((error: unknown) => (error instanceof StateUnavailableError ? error.message : String(error)));

  it('is not asked again for a while, whoever wants to know', async () => {
    expect([await ask('a1'), await ask('a1'), await ask('a2')]).to.deep.equal(['away', 'away', 'away']);
    expect(asked).to.deep.equal(['a1']);
  });

  it('keeps nobody from another server', async () => {
    await ask('a1');
    isAway = false;
    expect(await ask('b1')).to.equal('an answer');
  });

  it('is then asked by one, for whom all others do not wait', async () => {
    await ask('a1');
    await clock.advance(REST_MS);
    let answer: (said: string) => void = () => undefined;
    const first = states.ask('a1', () => new Promise<string>((resolve) => (answer = resolve)));
    expect(await ask('a2')).to.equal('away');
    await clock.advance(10 * REST_MS);
    expect(await ask('a2')).to.equal('away');
    expect(asked).to.deep.equal(['a1']);
    answer('back');
    expect(await first).to.equal('back');
    isAway = false;
    expect(await ask('a2')).to.equal('an answer');
  });

  it('is left alone again when it still does not answer', async () => {
    await ask('a1');
    await clock.advance(REST_MS);
    await ask('a1');
    await ask('a2');
    expect(asked).to.deep.equal(['a1', 'a1']);
  });

  it('may be asked by the next one when the question failed for another reason', async () => {
    await ask('a1');
    await clock.advance(REST_MS);
    await states.ask('a1', () => Promise.reject(new Error('no fault of the server'))).catch(() => undefined);
    await ask('a2');
    expect(asked).to.deep.equal(['a1', 'a2']);
  });
});
