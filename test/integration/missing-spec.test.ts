import { expect } from 'chai';
import { AGENT_ACTIONS, CREDENTIAL_SETS, INSTALLATIONS, PARAMETER_SETS } from '../../api/porter/v1/resources.js';
import { FINALIZER } from '../../api/porter/v1/well-known.js';
import type { KubernetesJson, Resource } from '../../runtime/client/index.js';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../runtime/client/index.js';
import { aCredentialSet, anInstallation } from '../support/builders.js';
import { Cluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import type { Conditioned } from './world.js';
import { condition, create, eventsOf, remove, until, untilGone, untilReady, world } from './world.js';

type Definition = KubernetesJson & { spec: { versions: { schema: { openAPIV3Schema: Record<string, unknown> } }[] } };
const DEFINITIONS = CUSTOM_RESOURCE_DEFINITIONS as unknown as Resource<Definition>;
const KINDS: readonly Resource<Conditioned>[] = [INSTALLATIONS, CREDENTIAL_SETS, PARAMETER_SETS, AGENT_ACTIONS];

/** The definitions of the Go operator allow it; ours do not, so they step aside for a moment. */
async function storeWithoutSpec(resource: Resource, metadata: { finalizers?: string[] } = {}): Promise<void> {
  const definition = { name: `${resource.plural}.${resource.group}` };
  const { spec } = await world().api.get(DEFINITIONS, definition);
  const [version] = spec.versions;
  const { required: _required, 'x-kubernetes-validations': _rules, ...loose } = version!.schema.openAPIV3Schema;
  await world().api.patch(DEFINITIONS, definition, {
    spec: { versions: [{ ...version, schema: { openAPIV3Schema: loose } }] },
  });
  const object = { metadata: { ...metadata, namespace: world().namespace, name: 'empty' } };
  await eventually('an object without spec is taken', () => world().api.create(resource, object));
}

async function restoreDefinitions(): Promise<void> {
  await world().cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-k', 'config/crd']);
  for (const resource of KINDS) {
    const key = { namespace: world().namespace, name: 'refused' };
    const refused = async () =>
      world()
        .api.create(resource, { metadata: key })
        .then(
          () =>
            world()
              .api.delete(resource, key)
              .then(() => false),
          (error: unknown) => String(error).includes('spec: Required value'),
        );
    await eventually(`${resource.plural} need a spec again`, refused);
  }
}

/** Nobody else's definitions are changed by a test. */
if (!Cluster.isGiven()) {
  describe('An object that was stored without a spec', () => {
    afterEach(restoreDefinitions);

    for (const resource of KINDS) {
      it(`is told so (${resource.kind}), also by an operator that finds it at its start, and all others are served`, async () => {
        await storeWithoutSpec(resource);
        await restoreDefinitions();
        await world().operator.kill();
        await world().operator.start();
        await create(aCredentialSet('keys'));
        await create(anInstallation().withCredentialSets('keys'));
        await untilReady(INSTALLATIONS, 'shop');
        const empty = await until(resource, 'empty', (object) => condition(object, 'Stalled')?.status === 'True');
        expect(condition(empty, 'Ready')).to.include({ status: 'False', reason: 'InvalidSpec' });
        expect(condition(empty, 'Ready')?.message).to.match(/^spec is missing: /);
      });
    }

    it('goes when it is deleted, although it has the finalizer', async () => {
      await storeWithoutSpec(INSTALLATIONS, { finalizers: [FINALIZER] });
      await restoreDefinitions();
      await remove(INSTALLATIONS, 'empty');
      await untilGone(INSTALLATIONS, 'empty');
      const events = await eventually('an event', async () => {
        const found = await eventsOf('empty');
        return found.some(({ message }) => message?.includes('was let go')) ? found : undefined;
      });
      expect(events.map(({ reason }) => reason)).to.include('InvalidSpec');
    });

    it('cannot lose its spec', async () => {
      await create(anInstallation());
      const failure = await world()
        .api.patch(INSTALLATIONS, { namespace: world().namespace, name: 'shop' }, { spec: null })
        .then(
          () => '',
          (error: unknown) => String(error),
        );
      expect(failure).to.contain('spec: Required value');
    });
  });
}
