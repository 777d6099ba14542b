import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import type { InstallationDocument } from '../../../integrations/porter/index.js';
import { DOCUMENT_FILES, DocumentError, readInstallation } from '../../../integrations/porter/index.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';

/** The document of `installation apply`; undefined for other commands, and for one that Porter would refuse. */
export function installationDocument(spec: DeepReadonly<AgentActionSpec>): InstallationDocument | undefined {
  const [noun, verb, file = DOCUMENT_FILES.installation] = spec.args ?? [];
  const content = spec.files?.[file];
  if (noun !== 'installation' || verb !== 'apply' || content === undefined) return undefined;
  try {
    return readInstallation(Buffer.from(content, 'base64').toString());
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}
