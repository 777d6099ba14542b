import { expect } from 'chai';
import type { AgentAction } from '../../api/porter/v1/agent-action.js';
import type { Reader } from '../../runtime/cache/index.js';
import type { Stored } from '../../runtime/client/index.js';
import { actionsFor, parentValues } from './by-parent.js';

const identity = { resourceVersion: '1', creationTimestamp: '' };

function anAction(namespace: string, owner?: string): Stored<AgentAction> {
  const reference = { apiVersion: 'getporter.org/v1', kind: 'Installation', name: 'shop', controller: true };
  const ownerReferences = owner === undefined ? [] : [{ ...reference, uid: owner }];
  return { metadata: { ...identity, namespace, name: 'run', uid: 'r', ownerReferences }, spec: { args: [] } };
}

/** Those of the actions that the index would find for the object. */
function found(actions: Stored<AgentAction>[], object: { namespace: string; uid: string }) {
  const byIndex = (_resource: unknown, _index: string, value: string) =>
    actions.filter((action) => parentValues(action).includes(value));
  return actionsFor({ byIndex } as unknown as Reader, { metadata: object });
}

describe('The AgentActions of an object', () => {
  it('are those that name it as their owner', () => {
    const own = anAction('team', 'u-1');
    expect(found([own, anAction('team', 'u-2'), anAction('team')], { namespace: 'team', uid: 'u-1' })).to.deep.equal([
      own,
    ]);
  });

  it('are none of another namespace, whatever they name: nobody meddles with the runs of others', () => {
    expect(found([anAction('elsewhere', 'u-1')], { namespace: 'team', uid: 'u-1' })).to.deep.equal([]);
  });
});
