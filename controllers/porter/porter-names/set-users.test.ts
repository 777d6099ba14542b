import { expect } from 'chai';
import type { CredentialSet } from '../../../api/porter/v1/credential-set.js';
import type { InstallationStatus } from '../../../api/porter/v1/installation.js';
import type { Stored } from '../../../runtime/client/index.js';
import { aSnapshot } from '../../../test/support/installation-snapshot.js';
import { isUserOf, mayUseDeleted } from './set-users.js';

const RAN: InstallationStatus = { attempt: 1, action: { name: 'shop-0' } };

function aDeletedSet(result: 'Succeeded' | 'Failed', namespace = 'prod'): Stored<CredentialSet> {
  return {
    metadata: {
      ...{ name: 'set', namespace: 'team', uid: 'u-2', resourceVersion: '1', generation: 2 },
      ...{ creationTimestamp: '2026-11-21T09:00:00Z', deletionTimestamp: '2026-11-21T09:59:00Z' },
    },
    spec: { schemaVersion: '1.0.1', name: 'set', namespace, credentials: [] },
    status: { completed: { generation: 2, attempt: 1, result } },
  };
}

describe('A set that is being deleted', () => {
  it('is used to uninstall what it waits for, although its own last run failed', () => {
    const { object } = aSnapshot().withStatus(RAN).beingDeleted().build();
    expect(isUserOf(object, aDeletedSet('Failed'))).to.equal(true);
    expect(mayUseDeleted(object, aDeletedSet('Failed'))).to.equal(true);
  });

  it('is used on by who has run with it, if its own last run succeeded', () => {
    const { object } = aSnapshot().withStatus(RAN).build();
    expect(mayUseDeleted(object, aDeletedSet('Succeeded'))).to.equal(true);
    expect(mayUseDeleted(object, aDeletedSet('Failed'))).to.equal(false);
  });

  it('is not begun to be used', () => {
    expect(mayUseDeleted(aSnapshot().build().object, aDeletedSet('Succeeded'))).to.equal(false);
  });

  it('does not wait for who has been uninstalled', () => {
    const { object } = aSnapshot().withSpec({ uninstalled: true }).completed(1, 'Succeeded').build();
    expect(isUserOf(object, aDeletedSet('Succeeded'))).to.equal(false);
  });

  it('waits for users of another Porter namespace only if it is global', () => {
    const { object } = aSnapshot().withStatus(RAN).build();
    expect(isUserOf(object, aDeletedSet('Succeeded', 'test'))).to.equal(false);
    expect(isUserOf(object, aDeletedSet('Succeeded', ''))).to.equal(true);
  });
});
