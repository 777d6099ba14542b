import { expect } from 'chai';
import type { StateStore } from '../config/effective-porter-config.js';
import type { RunConfiguration } from '../config/run-configuration.js';
import type { EmbeddedStore } from './embedded-store.js';
import { PorterStates } from './porter-states.js';
import type { StoreUrls } from './store-urls.js';

function statesWith(store: StateStore): PorterStates {
  const configuration = { porter: () => ({ store }) } as unknown as RunConfiguration;
  return new PorterStates(configuration, {} as EmbeddedStore, {} as StoreUrls);
}

describe('PorterStates.serverOf', () => {
  it('is the same for namespaces with the same address', () => {
    const states = statesWith({ kind: 'External', url: 'mongodb://store/porter' });
    expect(states.serverOf('shop')).to.equal(states.serverOf('other'));
  });

  it('is different where the address takes something from the Secrets of each namespace', () => {
    const states = statesWith({ kind: 'External', url: 'mongodb://me:${secret.db/password}@store/porter' });
    expect(states.serverOf('shop')).not.to.equal(states.serverOf('other'));
    expect(states.serverOf('shop')).to.equal(states.serverOf('shop'));
  });
});
