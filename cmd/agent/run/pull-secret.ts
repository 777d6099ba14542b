import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secret } from '../../../runtime/client/index.js';
import type { AgentOptions } from '../options.js';

const TYPE = 'kubernetes.io/dockerconfigjson';
const KEY = '.dockerconfigjson';

/** The agent's own registry logins, for the bundle's image: it comes from the same registry. */
export class PullSecret {
  constructor(private readonly options: AgentOptions) {}

  /** As Docker writes them; undefined when the agent has none. */
  async text(): Promise<string | undefined> {
    const { dockerConfigFolder } = this.options;
    if (dockerConfigFolder === undefined) return undefined;
    try {
      return await readFile(join(dockerConfigFolder, 'config.json'), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** As a Secret that a Pod can name; undefined when there are no logins. */
  async named(name: string): Promise<Secret | undefined> {
    const text = await this.text();
    if (text === undefined) return undefined;
    return { metadata: { name }, type: TYPE, data: { [KEY]: Buffer.from(text).toString('base64') } };
  }
}
