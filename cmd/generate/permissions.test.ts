import { expect } from 'chai';
import { CONFIG_MAPS, NAMESPACES, PODS } from '../../runtime/client/index.js';
import { Reconciles } from '../../runtime/controller/index.js';
import type { WatchBuilder } from '../../runtime/controller/index.js';
import { Rbac } from '../../runtime/schema/index.js';
import type { RbacRule } from '../../runtime/schema/index.js';
import { permissionsOf, policyRules } from './permissions.js';

@Reconciles(CONFIG_MAPS, { finalizer: 'test.org/finalizer' })
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
class WithFinalizer {
  constructor(private readonly collaborator: { watch(on: WatchBuilder): void }) {}

  watch(on: WatchBuilder): void {
    this.collaborator.watch(on);
    on.owns(PODS)
      .watches(NAMESPACES, { map: () => [] })
      .index(PODS, 'node', () => []);
  }
}

@Reconciles(NAMESPACES)
class WithoutNamespace {
  watch(): void {
    // Watches nothing but its own kind.
  }
}

class Plain {}

const rule = (resource: string, ...verbs: string[]): RbacRule => ({ groups: [''], resources: [resource], verbs });

describe('The rights of a class', () => {
  it('are those that it states and those that follow from its watches, status and finalizer', () => {
    expect(policyRules(permissionsOf(WithFinalizer))).to.deep.equal([
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'patch', 'watch'] },
      { apiGroups: [''], resources: ['configmaps/finalizers'], verbs: ['update'] },
      { apiGroups: [''], resources: ['configmaps/status'], verbs: ['patch'] },
      { apiGroups: [''], resources: ['namespaces', 'pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
    ]);
  });

  it('tell apart what has no namespace', () => {
    const clusterWide = permissionsOf(WithFinalizer).filter(({ clusterScope }) => clusterScope);
    expect(clusterWide.flatMap(({ resources }) => resources)).to.deep.equal(['namespaces']);
  });

  it('do not contain writing objects that get no finalizer', () => {
    const [own] = permissionsOf(WithoutNamespace);
    expect(own).to.deep.include({ verbs: ['get', 'list', 'watch'], clusterScope: true });
  });

  it('are none for a class that asks for none', () => {
    expect(permissionsOf(Plain)).to.deep.equal([]);
  });
});

describe('Rules', () => {
  it('name each resource once, with all its verbs', () => {
    expect(policyRules([rule('pods', 'watch', 'get'), rule('pods', 'get', 'list')])).to.deep.equal([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    ]);
  });

  it('share one line if their verbs are the same', () => {
    expect(policyRules([rule('secrets', 'get'), rule('pods', 'get')])).to.deep.equal([
      { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get'] },
    ]);
  });

  it('keep rights on named objects apart', () => {
    expect(policyRules([{ ...rule('secrets', 'get'), names: ['b', 'a'] }, rule('secrets', 'create')])).to.deep.equal([
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'], verbs: ['get'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    ]);
  });

  it('do not depend on the order in which they were stated', () => {
    const rules = [rule('secrets', 'get'), rule('pods', 'list', 'get'), rule('jobs', 'create')];
    expect(policyRules(rules)).to.deep.equal(policyRules([...rules].reverse()));
  });
});
