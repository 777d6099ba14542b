import type { SourceRecord } from '../../../integrations/porter/state/index.js';
import { AgentFailure, messageOf, unsupported } from '../failure.js';
import type { AgentLog } from '../agent-log.js';
import type { AgentOptions } from '../options.js';
import type { SecretFiles } from '../secrets/secret-files.js';

/** Finds what the sources of credentials and parameters name. */
export class ValueSources {
  constructor(
    private readonly secrets: SecretFiles,
    private readonly options: AgentOptions,
    private readonly log: AgentLog,
  ) {}

  /**
   * @param what what the value is for, such as `credential token`
   * @throws AgentFailure when there is no such value, or its source is one that this agent does not read
   */
  async resolve(what: string, source: SourceRecord): Promise<string> {
    const [kind = '', hint = ''] = Object.entries(source)[0] ?? [];
    switch (kind) {
      case 'value':
        return hint;
      case 'secret':
        return this.secret(what, hint);
      case 'env':
        return this.variable(what, hint);
      default:
        throw unsupported(`source "${kind}" of ${what}`);
    }
  }

  private async secret(what: string, hint: string): Promise<string> {
    let value: string | undefined;
    try {
      value = await this.secrets.read(hint);
    } catch (error) {
      throw new AgentFailure(`unable to resolve ${what} from secret ${hint}: ${messageOf(error)}`);
    }
    if (value === undefined) {
      throw new AgentFailure(`unable to resolve ${what} from secret ${hint}: there is no such secret (key value of Secret ${hint}, or SECRET/KEY)`);
    }
    this.log.hide(value);
    return value;
  }

  private variable(what: string, name: string): string {
    const value = this.options.variables[name];
    if (value === undefined) throw new AgentFailure(`unable to resolve ${what}: environment variable ${name} is not set`);
    this.log.hide(value);
    return value;
  }
}
