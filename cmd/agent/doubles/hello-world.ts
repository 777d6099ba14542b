import type { InstallationDocument } from '../../../integrations/porter/index.js';
import type { InstallationRecord, RunRecord } from '../../../integrations/porter/state/index.js';
import { OciRegistry } from '../../../test/support/oci-registry.js';
import { AgentWorld, type AgentRunResult } from './agent-world.js';
import { HELLO_OUTPUTS, helloBundle } from './hello-bundle.js';

/** A world with a registry of its own that has the bundle `hello`, and what its installation `dev/shop` needs to run it. */
export class HelloWorld extends AgentWorld {
  /** The bundle as it can be pulled. */
  readonly published: ReturnType<OciRegistry['putBundle']>;

  private constructor(readonly registry: OciRegistry) {
    super(registry.host, () => ({ log: 'Install\ndone', outputs: HELLO_OUTPUTS }));
    this.published = registry.putBundle('hello', helloBundle(), 'v0.3.0');
  }

  static async start(): Promise<HelloWorld> {
    return new HelloWorld(await new OciRegistry().start()).open();
  }

  override async open(): Promise<this> {
    await super.open();
    await this.secret('hello-token', 'token-value');
    await this.secret('kube/config', 'kubeconfig-value');
    await this.state.putCredentialSet({
      schemaVersion: '1.0.1',
      namespace: 'dev',
      name: 'hello-creds',
      credentials: [
        { name: 'token', source: { secret: 'hello-token' } },
        { name: 'kube', source: { secret: 'kube/config' } },
        { name: 'of-another-bundle', source: { secret: 'nowhere' } },
      ],
      status: {},
    });
    this.state.writes.length = 0;
    this.steps.calm();
    return this;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.registry.stop();
  }

  /** A bundle of the registry, as an installation names it. */
  bundleOf(repository: string, version = '0.3.0'): InstallationDocument['bundle'] {
    return { repository: `${this.registry.host}/${repository}`, version };
  }

  /** Applies `dev/shop` with these parts of its document changed. */
  override apply(
    parts: Partial<InstallationDocument> = {},
    how: { force?: boolean; again?: boolean } = {},
  ): Promise<AgentRunResult> {
    const document = {
      schemaVersion: '1.0.2',
      name: 'shop',
      namespace: 'dev',
      bundle: this.bundleOf('hello'),
      credentialSets: ['hello-creds'],
    };
    return super.apply({ ...document, ...parts }, how);
  }

  /** What is recorded of `dev/shop`. */
  async recorded(): Promise<InstallationRecord> {
    return found(await this.state.installation('dev', 'shop'));
  }

  async lastRun(): Promise<RunRecord> {
    return found(await this.state.lastRun('dev', 'shop'));
  }
}

function found<T>(record: T | undefined): T {
  if (record === undefined) throw new Error('dev/shop is not recorded');
  return record;
}
