import type { CredentialSetDocument, ParameterSetDocument, SourcedValue } from '../../../integrations/porter/index.js';
import { parameterText } from '../../../integrations/porter/index.js';
import type { PorterState, SourceMapping } from '../../../integrations/porter/state/index.js';
import { SCHEMA_VERSIONS } from '../../../integrations/porter/state/index.js';
import type { Clock } from '../../../runtime/clock/index.js';
import type { AgentLog } from '../agent-log.js';
import type { SetKind } from '../command-line.js';

/** Commands on credential sets and parameter sets. */
export class SetStore {
  constructor(private readonly deps: { readonly state: PorterState; readonly clock: Clock; readonly log: AgentLog }) {}

  async applyCredentials(document: CredentialSetDocument): Promise<void> {
    const { namespace, name, labels } = document;
    const existing = await this.deps.state.credentialSet(namespace, name);
    await this.deps.state.putCredentialSet({
      schemaType: 'CredentialSet',
      schemaVersion: SCHEMA_VERSIONS.credentialSet,
      namespace,
      name,
      ...labelled(labels),
      credentials: document.credentials.map(mapping),
      status: this.status(existing?.namespace === namespace ? existing.status.created : undefined),
    });
    this.deps.log.info(`Applied ${namespace}/${name} credential set`);
  }

  async applyParameters(document: ParameterSetDocument): Promise<void> {
    const { namespace, name, labels } = document;
    const existing = await this.deps.state.parameterSet(namespace, name);
    await this.deps.state.putParameterSet({
      schemaType: 'ParameterSet',
      schemaVersion: SCHEMA_VERSIONS.parameterSet,
      namespace,
      name,
      ...labelled(labels),
      parameters: document.parameters.map(mapping),
      status: this.status(existing?.namespace === namespace ? existing.status.created : undefined),
    });
    this.deps.log.info(`Applied ${namespace}/${name} parameter set`);
  }

  /** That there is no such set is success. */
  async delete(kind: SetKind, { namespace, name }: { namespace: string; name: string }): Promise<void> {
    if (kind === 'credentials') await this.deps.state.deleteCredentialSet(namespace, name);
    else await this.deps.state.deleteParameterSet(namespace, name);
    this.deps.log.info(`Deleted ${namespace}/${name} ${kind === 'credentials' ? 'credential' : 'parameter'} set`);
  }

  private status(created: string | undefined): { created: string; modified: string } {
    const now = new Date(this.deps.clock.now()).toISOString();
    return { created: created ?? now, modified: now };
  }
}

function labelled(labels: Readonly<Record<string, string>> = {}): { labels?: Record<string, string> } {
  return Object.keys(labels).length === 0 ? {} : { labels: { ...labels } };
}

/** Records hold text only. */
function mapping({ name, source }: SourcedValue): SourceMapping {
  const entries = Object.entries(source).map(([kind, hint]) => [kind, parameterText(hint)]);
  return { name, source: Object.fromEntries(entries) as Record<string, string> };
}
