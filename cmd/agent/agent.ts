import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryClient } from '../../integrations/oci/index.js';
import { readCredentialSet, readInstallation, readParameterSet } from '../../integrations/porter/index.js';
import type { PorterState } from '../../integrations/porter/state/index.js';
import type { Client } from '../../runtime/client/index.js';
import type { Clock } from '../../runtime/clock/index.js';
import type { AgentLog } from './agent-log.js';
import { BundleSource } from './bundle/bundle-source.js';
import { BundleValues } from './bundle/bundle-values.js';
import { ValueSources } from './bundle/value-sources.js';
import type { AgentCommand, Target } from './command-line.js';
import type { Deadline } from './deadline.js';
import { AgentFailure, messageOf } from './failure.js';
import { ApplyInstallation } from './installation/apply-installation.js';
import { InstallationRuns } from './installation/installation-runs.js';
import { InstallationStore } from './installation/installation-store.js';
import { RunAction } from './installation/run-action.js';
import type { AgentOptions } from './options.js';
import { BundleJobs } from './run/bundle-jobs.js';
import { BundleRunner } from './run/bundle-runner.js';
import { OtherRuns } from './run/other-runs.js';
import type { PullSecret } from './run/pull-secret.js';
import { RunCollector } from './run/run-collector.js';
import { RunFollower } from './run/run-follower.js';
import { RunRecorder } from './run/run-recorder.js';
import type { SecretFiles } from './secrets/secret-files.js';
import { SetStore } from './sets/set-store.js';
import type { AgentConfig } from './state/agent-config.js';
import { PatientState } from './state/patient-state.js';

export interface AgentDeps {
  readonly client: Client;
  readonly state: PorterState;
  readonly registry: RegistryClient;
  readonly clock: Clock;
  readonly deadline: Deadline;
  readonly config: AgentConfig;
  readonly options: AgentOptions;
  readonly secrets: SecretFiles;
  readonly pullSecret: PullSecret;
  readonly workFolder: string;
  readonly log: AgentLog;
}

type Collaborators = ReturnType<typeof collaborators>;

/** The built-in agent: does what Porter's own does on one command, in the same state store. */
export class Agent {
  private readonly parts: Collaborators;

  constructor(private readonly deps: AgentDeps) {
    this.parts = collaborators(deps);
  }

  /** @throws AgentFailure when the command fails, or what it runs */
  async execute(command: AgentCommand): Promise<void> {
    switch (command.kind) {
      case 'apply-installation':
        return this.parts.apply.apply(await this.read(command, readInstallation), command.force);
      case 'run-action':
        return this.parts.action.run(this.key(command.target), command.action, command.overrides);
      case 'delete-installation':
        return this.parts.installations.delete(this.key(command.target), command.force);
      case 'list-installations':
        return this.parts.installations.list(command.namespace ?? this.deps.config.namespace, command.name);
      case 'apply-set':
        return command.set === 'credentials'
          ? this.parts.sets.applyCredentials(await this.read(command, readCredentialSet))
          : this.parts.sets.applyParameters(await this.read(command, readParameterSet));
      case 'delete-set':
        return this.parts.sets.delete(command.set, this.key(command.target));
      case 'side-program':
        throw new AgentFailure(`${command.program} runs in a container of its own`);
    }
  }

  private async read<T>(
    { file, namespace }: { readonly file: string; readonly namespace?: string },
    reader: (text: string, namespace: string) => T,
  ): Promise<T> {
    const path = file.startsWith('/') ? file : join(this.deps.workFolder, file);
    try {
      return reader(await readFile(path, 'utf8'), namespace ?? this.deps.config.namespace);
    } catch (error) {
      throw new AgentFailure(messageOf(error), { cause: error });
    }
  }

  private key({ name, namespace = this.deps.config.namespace }: Target): { namespace: string; name: string } {
    return { namespace, name };
  }
}

function collaborators(deps: AgentDeps) {
  const { log, clock, deadline, secrets, options } = deps;
  const state = new PatientState(deps.state, deadline, log);
  const jobs = new BundleJobs(deps.client, options);
  const sources = new ValueSources(secrets, options, log);
  const values = new BundleValues({ state, sources, secrets, log });
  const recorder = new RunRecorder({ state, secrets, clock });
  const runner = new BundleRunner({
    ...{ state, jobs, recorder, deadline, log, pullSecret: deps.pullSecret, verbosity: deps.config.verbosity },
    follower: new RunFollower({ jobs, deadline, log }),
    collector: new RunCollector(jobs, log),
  });
  const others = new OtherRuns({ state, jobs, runner, deadline, clock, log });
  const runs = new InstallationRuns({ state, jobs, runner, others, values, sources, deadline, log });
  const bundles = new BundleSource(deps.registry);
  return {
    apply: new ApplyInstallation({ state, bundles, runs, clock, log }),
    action: new RunAction({ state, bundles, runs, sources, clock }),
    installations: new InstallationStore(state, log),
    sets: new SetStore({ state, clock, log }),
  };
}
