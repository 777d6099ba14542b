import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InstallationDocument } from '../../../integrations/porter/index.js';
import { writeInstallation } from '../../../integrations/porter/index.js';
import { AgentLog } from '../agent-log.js';
import { parseCommandLine } from '../command-line.js';
import { messageOf } from '../failure.js';
import type { AgentOptions } from '../options.js';
import { runAgent } from '../program.js';
import { FakeCluster } from './fake-cluster.js';
import { FakeTime } from './fake-time.js';
import { MemoryState } from './memory-state.js';
import { PlayedBundle, type BundleEnd, type BundleInputs } from './played-bundle.js';
import { Crash, Steps } from './steps.js';

/** What became of one command. */
export interface AgentRunResult {
  readonly exitCode: number;
  readonly log: string;
}

/** Everything around agents, kept between their runs; only the OCI registry is somebody else's. */
export class AgentWorld {
  readonly steps = new Steps();
  readonly time = new FakeTime();
  readonly cluster = new FakeCluster(this.time, this.steps);
  readonly state = new MemoryState(this.steps);
  readonly bundle: PlayedBundle;
  deadlineSeconds = 600;
  private folder = '';
  private jobs = 0;

  constructor(
    private readonly registryHost: string,
    play: (inputs: BundleInputs) => BundleEnd,
  ) {
    this.bundle = new PlayedBundle(this.cluster, play);
  }

  async open(): Promise<this> {
    this.folder = await mkdtemp(join(tmpdir(), 'agent-'));
    await this.configure();
    return this;
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Changes of Porter's configuration. */
  async configure(changes: { verbosity?: string } = {}): Promise<void> {
    const lines = Object.entries(changes).map(([key, value]) => `${key}: ${value}\n`);
    await this.write('config/config.yaml', lines.join('') + CONFIG);
  }

  /** Values that agents made are gone. */
  async forgetSecrets(): Promise<void> {
    await rm(join(this.folder, 'home', 'secrets'), { recursive: true, force: true });
  }

  /** A file that a credential or parameter set names as its secret. */
  async secret(hint: string, value: string): Promise<void> {
    await this.write(join('home', 'secrets', hint), value);
  }

  async write(file: string, content: string): Promise<void> {
    const path = join(this.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  /** `installation apply` of a document, by a new agent Job or by one more Pod of the last one. */
  async apply(document: InstallationDocument, how: { force?: boolean; again?: boolean } = {}): Promise<AgentRunResult> {
    await this.write('work/installation.yaml', writeInstallation(document));
    const args = ['installation', 'apply', 'installation.yaml', ...(how.force === true ? ['--force'] : [])];
    return this.run(args, how);
  }

  /** Any command, as {@link apply}. */
  async run(args: readonly string[], { again = false }: { again?: boolean } = {}): Promise<AgentRunResult> {
    if (!again) this.jobs++;
    const lines: string[] = [];
    const log = new AgentLog((line) => lines.push(line));
    try {
      const { command } = parseCommandLine(args);
      await runAgent(command, this.options(), this.surroundings(), log);
      return { exitCode: 0, log: lines.join('\n') };
    } catch (error) {
      if (error instanceof Crash) throw error;
      return { exitCode: 1, log: [...lines, `Error: ${log.redacted(messageOf(error))}`].join('\n') };
    }
  }

  private surroundings() {
    const { state, time } = this;
    return {
      transport: this.cluster,
      openState: () => state,
      clock: time,
      scheduler: time,
      workFolder: join(this.folder, 'work'),
    };
  }

  private options(): AgentOptions {
    return {
      namespace: 'team-a',
      porterHome: join(this.folder, 'home'),
      configFolder: join(this.folder, 'config'),
      labels: { 'getporter.org/managed': 'true', 'getporter.org/jobType': 'bundle-installer' },
      image: 'operator:test',
      jobName: `agent-${this.jobs}`,
      agentAction: { name: `action-${this.jobs}`, uid: `uid-${this.jobs}` },
      deadlineSeconds: this.deadlineSeconds,
      insecureRegistries: [this.registryHost],
      proxy: false,
      variables: { FROM_ENV: 'value-from-env' },
    };
  }
}

const CONFIG = `default-storage: state
default-secrets-plugin: filesystem
storage:
  - name: state
    plugin: mongodb
    config: {url: "mongodb://team-a:store-password@store.test/porter", timeout: 60}
`;
