import type { AgentAction } from '../../api/porter/v1/agent-action.js';
import type { AgentConfig, AgentConfigSpec } from '../../api/porter/v1/agent-config.js';
import type { CredentialSet } from '../../api/porter/v1/credential-set.js';
import type { Installation, InstallationSpec } from '../../api/porter/v1/installation.js';
import type { ParameterSet } from '../../api/porter/v1/parameter-set.js';
import {
  AGENT_ACTIONS,
  AGENT_CONFIGS,
  CREDENTIAL_SETS,
  INSTALLATIONS,
  PARAMETER_SETS,
} from '../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../api/porter/v1/well-known.js';
import { SECRETS } from '../../runtime/client/index.js';
import type { KubernetesJson, Resource, Secret } from '../../runtime/client/index.js';

/** The Porter namespace of everything that the builders make. */
export const PORTER_NAMESPACE = 'dev';
export const REPOSITORY = 'registry.test/hello';

/** `installation.yaml` as the Installation that `anInstallation()` describes hands it to Porter, for actions of one's own. */
export const SHOP_DOCUMENT = `schemaVersion: 1.0.2
name: shop
namespace: ${PORTER_NAMESPACE}
bundle:
  repository: ${REPOSITORY}
  version: 0.3.0
`;

/** Says in sentences what a test's object is like; what a test does not mention is valid and uninteresting. */
abstract class Builder<T extends KubernetesJson> {
  constructor(
    readonly resource: Resource<T>,
    protected readonly object: T,
  ) {}

  inNamespace(namespace: string): this {
    this.object.metadata.namespace = namespace;
    return this;
  }

  withAnnotation(name: string, value: string): this {
    this.object.metadata.annotations = { ...this.object.metadata.annotations, [name]: value };
    return this;
  }

  withLabel(name: string, value: string): this {
    this.object.metadata.labels = { ...this.object.metadata.labels, [name]: value };
    return this;
  }

  withFinalizer(name: string): this {
    this.object.metadata.finalizers = [...(this.object.metadata.finalizers ?? []), name];
    return this;
  }

  withDeletionPolicy(policy: string): this {
    return this.withAnnotation(ANNOTATIONS.deletionPolicy, policy);
  }

  build(): T {
    return structuredClone(this.object);
  }
}

export type { Builder };

class InstallationBuilder extends Builder<Installation> {
  withPorterName(name: string, namespace = PORTER_NAMESPACE): this {
    return this.with({ name, namespace });
  }

  withBundle(repository: string, version: string): this {
    return this.with({ bundle: { repository, version } });
  }

  withParameters(parameters: Record<string, unknown>): this {
    return this.with({ parameters });
  }

  withCredentialSets(...credentialSets: string[]): this {
    return this.with({ credentialSets });
  }

  withParameterSets(...parameterSets: string[]): this {
    return this.with({ parameterSets });
  }

  withAgentConfig(name: string): this {
    return this.with({ agentConfig: { name } });
  }

  /** Any field of the spec for which there is no sentence. */
  with(fields: Partial<InstallationSpec>): this {
    Object.assign(this.object.spec, fields);
    return this;
  }
}

class CredentialSetBuilder extends Builder<CredentialSet> {
  withCredential(name: string, secret: string): this {
    this.object.spec.credentials.push({ name, source: { secret } });
    return this;
  }
}

class ParameterSetBuilder extends Builder<ParameterSet> {
  withSecret(name: string, secret: string): this {
    this.object.spec.parameters.push({ name, source: { secret } });
    return this;
  }

  withValue(name: string, value: string): this {
    this.object.spec.parameters.push({ name, source: { value } });
    return this;
  }
}

class AgentActionBuilder extends Builder<AgentAction> {
  withFile(name: string, text: string): this {
    this.object.spec.files = { ...this.object.spec.files, [name]: Buffer.from(text).toString('base64') };
    return this;
  }

  withAgentConfig(name: string): this {
    this.object.spec.agentConfig = { name };
    return this;
  }
}

class AgentConfigBuilder extends Builder<AgentConfig> {
  with(fields: Partial<AgentConfigSpec>): this {
    this.object.spec = Object.assign(this.object.spec ?? {}, fields);
    return this;
  }
}

class SecretBuilder extends Builder<Secret> {
  withValue(value: string, key = 'value'): this {
    this.object.stringData = { ...this.object.stringData, [key]: value };
    return this;
  }
}

export function anInstallation(name = 'shop'): InstallationBuilder {
  return new InstallationBuilder(INSTALLATIONS, {
    metadata: { name },
    spec: {
      schemaVersion: '1.0.2',
      name,
      namespace: PORTER_NAMESPACE,
      bundle: { repository: REPOSITORY, version: '0.3.0' },
    },
  });
}

export function aCredentialSet(name = 'aws'): CredentialSetBuilder {
  const spec = { schemaVersion: '1.0.1', name, namespace: PORTER_NAMESPACE, credentials: [] };
  return new CredentialSetBuilder(CREDENTIAL_SETS, { metadata: { name }, spec });
}

export function aParameterSet(name = 'sizes'): ParameterSetBuilder {
  const spec = { schemaVersion: '1.0.1', name, namespace: PORTER_NAMESPACE, parameters: [] };
  return new ParameterSetBuilder(PARAMETER_SETS, { metadata: { name }, spec });
}

export function anAgentAction(name: string, ...args: string[]): AgentActionBuilder {
  return new AgentActionBuilder(AGENT_ACTIONS, { metadata: { name }, spec: { args } });
}

export function anAgentConfig(name = 'default'): AgentConfigBuilder {
  return new AgentConfigBuilder(AGENT_CONFIGS, { metadata: { name }, spec: {} });
}

export function aSecret(name: string): SecretBuilder {
  return new SecretBuilder(SECRETS, { metadata: { name } });
}
