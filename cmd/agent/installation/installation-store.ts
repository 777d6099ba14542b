import type { PorterState } from '../../../integrations/porter/state/index.js';
import type { AgentLog } from '../agent-log.js';
import { AgentFailure } from '../failure.js';
import { listed } from './installation-records.js';

/** Commands on the records of installations that run nothing. */
export class InstallationStore {
  constructor(
    private readonly state: PorterState,
    private readonly log: AgentLog,
  ) {}

  /** Removes all records. That there are none is success, since a repeated command must succeed. @throws AgentFailure */
  async delete({ namespace, name }: { namespace: string; name: string }, force: boolean): Promise<void> {
    const record = await this.state.installation(namespace, name);
    if (record === undefined) {
      this.log.info(`Installation ${namespace}/${name} has no record`);
      return;
    }
    const { action, resultStatus } = record.status;
    if (!force && (action !== 'uninstall' || resultStatus !== 'succeeded')) {
      throw new AgentFailure(
        `unable to delete the installation records of ${namespace}/${name}: it was not uninstalled; use --force to delete them all the same`,
      );
    }
    await this.state.deleteInstallation(namespace, name);
    this.log.info(`Deleted ${namespace}/${name} installation`);
  }

  /** Prints records as JSON, the last changed first; `name` selects those whose name contains it, as in Porter. */
  async list(namespace: string, name = ''): Promise<void> {
    const records = (await this.state.installations(namespace)).filter((record) => record.name.includes(name));
    const sorted = records.sort((a, b) => Date.parse(b.status.modified) - Date.parse(a.status.modified));
    this.log.print(JSON.stringify(sorted.map(listed), null, 2));
  }
}
