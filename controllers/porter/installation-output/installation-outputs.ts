import { inject, injectable } from 'inversify';
import type { InstallationOutput, Output } from '../../../api/porter/v1/installation-output.js';
import type { Installation } from '../../../api/porter/v1/installation.js';
import { INSTALLATION_OUTPUTS } from '../../../api/porter/v1/resources.js';
import { LABELS } from '../../../api/porter/v1/well-known.js';
import { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, ObjectKey, Secret, Stored } from '../../../runtime/client/index.js';
import { Client, SECRETS, isAlreadyExists, isOwnedBy } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { StatusWriter } from '../../../runtime/status/index.js';
import { childName } from '../../agent-run/child-name.js';
import { RunConfiguration } from '../../agent-run/config/run-configuration.js';
import { valuesSecretName } from '../../agent-run/values-secret.js';
import type { OutputSource } from './outputs.js';
import { lostOutputs, outputStatus, outputsOf } from './outputs.js';

type Parent = DeepReadonly<Stored<Installation>>;
type StoredOutput = DeepReadonly<Stored<InstallationOutput>>;

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/**
 * Keeps the outputs of an Installation in an InstallationOutput. A collaborator of the Installation's reconciler and not
 * a controller of its own: outputs change exactly when a run is recorded, and are read together with its record.
 */
@injectable()
@Rbac({ groups: ['getporter.org'], resources: ['installationoutputs'], verbs: ['get', 'create', 'delete'] })
@Rbac({ groups: ['getporter.org'], resources: ['installationoutputs/status'], verbs: ['patch'] })
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
export class InstallationOutputs {
  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Reader) private readonly reader: Reader,
    @inject(StatusWriter) private readonly status: StatusWriter,
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
  ) {}

  /** Shows what the last run gave; without any output there is no InstallationOutput. */
  async publish(parent: Parent, source: Omit<OutputSource, 'valuesSecret'>, now: number): Promise<void> {
    const outputs = outputsOf({ ...source, valuesSecret: this.valuesSecretOf(parent) });
    if (outputs.length === 0) return this.remove(parent);
    const object = await this.ensure(parent);
    const { generation, namespace } = object.metadata;
    const lost = lostOutputs(outputs, await this.secretsOf(outputs, namespace));
    const next = outputStatus(outputs, lost, { now, generation, previous: object.status?.conditions });
    await this.status.write(INSTALLATION_OUTPUTS, object, next);
  }

  /** Nothing is installed any more that could have outputs. */
  async remove(parent: Parent): Promise<void> {
    for (const key of keysOf(parent)) {
      const object = this.reader.get(INSTALLATION_OUTPUTS, key);
      if (object === undefined || !isOwnedBy(object, parent.metadata.uid)) continue;
      await this.client.delete(INSTALLATION_OUTPUTS, key, { uid: object.metadata.uid });
    }
  }

  /** Read once when a run is taken over, and only to see which keys there are. */
  private async secretsOf(outputs: readonly Output[], namespace = ''): Promise<Map<string, Stored<Secret>>> {
    const secrets = new Map<string, Stored<Secret>>();
    for (const name of new Set(outputs.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef.name ?? []))) {
      const secret = await this.client.find(SECRETS, { namespace, name });
      if (secret !== undefined) secrets.set(name, secret);
    }
    return secrets;
  }

  private async ensure(parent: Parent): Promise<StoredOutput> {
    for (const key of keysOf(parent)) {
      const object = this.reader.get(INSTALLATION_OUTPUTS, key) ?? (await this.create(parent, key));
      if (isOwnedBy(object, parent.metadata.uid)) return object;
    }
    throw new Error('the name of the InstallationOutput is taken: delete the object that has it');
  }

  /** The object of that name, whoever made it. */
  private async create(parent: Parent, key: ObjectKey): Promise<StoredOutput> {
    try {
      return await this.client.create(INSTALLATION_OUTPUTS, outputFor(parent, key));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return this.client.get(INSTALLATION_OUTPUTS, key);
    }
  }

  private valuesSecretOf({ metadata, spec }: Parent): string | undefined {
    const agentConfig = spec.agentConfig?.name;
    const resolved = this.configuration.resolve({ namespace: metadata.namespace ?? '', agentConfig });
    const isProjected = resolved.missing !== undefined || resolved.porter.projectsSecrets;
    return isProjected ? valuesSecretName({ namespace: spec.namespace, name: spec.name }) : undefined;
  }
}

/** Upstream's name, the installation's in Porter; another one where that is no object's name, or somebody else's. */
function keysOf(parent: Parent): ObjectKey[] {
  const { namespace, name, uid } = parent.metadata;
  const identity = { kind: 'InstallationOutput', uid, generation: 0, attempt: 0, step: '' };
  const names = [parent.spec.name, childName(name, identity)].filter((each) => OBJECT_NAME.test(each));
  return names.map((each) => ({ namespace, name: each }));
}

function outputFor({ metadata, spec }: Parent, key: ObjectKey): InstallationOutput {
  const owner = { apiVersion: 'getporter.org/v1', kind: 'Installation', name: metadata.name, uid: metadata.uid };
  return {
    metadata: { ...key, labels: { [LABELS.managed]: 'true' }, ownerReferences: [{ ...owner, controller: true }] },
    spec: { name: spec.name, namespace: spec.namespace },
  };
}
