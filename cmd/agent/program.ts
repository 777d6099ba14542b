import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent } from 'undici';
import { DockerConfig, RegistryClient, type TransportOptions } from '../../integrations/oci/index.js';
import type { PorterState } from '../../integrations/porter/state/index.js';
import { passwordsIn } from '../../integrations/porter/state/index.js';
import { Client, JOBS, type Transport } from '../../runtime/client/index.js';
import type { Clock, Scheduler } from '../../runtime/clock/index.js';
import { Agent } from './agent.js';
import type { AgentLog } from './agent-log.js';
import type { AgentCommand } from './command-line.js';
import { Deadline } from './deadline.js';
import type { AgentOptions } from './options.js';
import { PatientTransport } from './patient-transport.js';
import { PullSecret } from './run/pull-secret.js';
import { SecretFiles } from './secrets/secret-files.js';
import { readAgentConfig } from './state/agent-config.js';

/** What lies outside the agent; tests give their own. */
export interface Surroundings {
  readonly transport: Transport;
  readonly openState: (address: { url: string; timeoutMs: number }) => PorterState;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Folder of the documents that commands name. */
  readonly workFolder: string;
}

/** Puts the agent together and lets it do one command. @throws AgentFailure or what else stops it */
export async function runAgent(
  command: AgentCommand,
  options: AgentOptions,
  surroundings: Surroundings,
  log: AgentLog,
): Promise<void> {
  const secrets = new SecretFiles(options.porterHome);
  const config = await readAgentConfig(options, secrets);
  log.hide(...passwordsIn(config.storage.url));
  const deadline = await deadlineOf(options, surroundings);
  const state = surroundings.openState(config.storage);
  const pullSecret = new PullSecret(options);
  const registry = new RegistryClient(await registryLogins(pullSecret), await registryTransport(options));
  const client = new Client(new PatientTransport(surroundings.transport, deadline, log));
  const agent = new Agent({
    ...surroundings,
    client,
    config,
    deadline,
    state,
    registry,
    secrets,
    pullSecret,
    options,
    log,
  });
  try {
    await agent.execute(command);
  } finally {
    await Promise.allSettled([registry.close(), state.close()]);
  }
}

/** The agent's Job has the same deadline, and its clock began when the Job did. */
async function deadlineOf(options: AgentOptions, { transport, clock, scheduler }: Surroundings): Promise<Deadline> {
  const { namespace, jobName, deadlineSeconds } = options;
  const job = await new Client(transport).find(JOBS, { namespace, name: jobName }).catch(() => undefined);
  const start = Date.parse(job?.status?.startTime ?? '');
  const at = (Number.isNaN(start) ? clock.now() : start) + deadlineSeconds * 1000;
  return new Deadline(at, clock, scheduler);
}

async function registryLogins(pullSecret: PullSecret): Promise<DockerConfig> {
  const text = await pullSecret.text();
  return text === undefined ? DockerConfig.empty() : DockerConfig.parse(text);
}

async function registryTransport({ caFile, insecureRegistries, proxy }: AgentOptions): Promise<TransportOptions> {
  const ca = caFile === undefined ? undefined : [...rootCertificates, await readFile(caFile, 'utf8')];
  const dispatcher = proxy ? new EnvHttpProxyAgent({ connect: ca === undefined ? {} : { ca } }) : undefined;
  return { ca, insecureRegistries, dispatcher };
}
