import type {
  CredentialSetRecord,
  InstallationRecord,
  OutputRecord,
  ParameterSetRecord,
  PorterState,
  ResultRecord,
  RunRecord,
} from '../../../integrations/porter/state/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { AgentLog } from '../agent-log.js';
import type { Deadline } from '../deadline.js';
import { AgentFailure, messageOf } from '../failure.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** A state store that may be away for minutes: everything is tried again until the deadline. All of it is idempotent. */
export class PatientState implements PorterState {
  constructor(
    private readonly state: PorterState,
    private readonly deadline: Deadline,
    private readonly log: AgentLog,
  ) {}

  ping(): Promise<void> {
    return this.patiently(() => this.state.ping());
  }

  installation(namespace: string, name: string): Promise<InstallationRecord | undefined> {
    return this.patiently(() => this.state.installation(namespace, name));
  }

  installations(namespace: string): Promise<InstallationRecord[]> {
    return this.patiently(() => this.state.installations(namespace));
  }

  lastRun(namespace: string, name: string): Promise<RunRecord | undefined> {
    return this.patiently(() => this.state.lastRun(namespace, name));
  }

  run(id: string): Promise<RunRecord | undefined> {
    return this.patiently(() => this.state.run(id));
  }

  runsAfter(namespace: string, name: string, runId: string): Promise<RunRecord[]> {
    return this.patiently(() => this.state.runsAfter(namespace, name, runId));
  }

  results(runId: string): Promise<ResultRecord[]> {
    return this.patiently(() => this.state.results(runId));
  }

  outputs(namespace: string, name: string): Promise<OutputRecord[]> {
    return this.patiently(() => this.state.outputs(namespace, name));
  }

  credentialSet(namespace: string, name: string): Promise<CredentialSetRecord | undefined> {
    return this.patiently(() => this.state.credentialSet(namespace, name));
  }

  parameterSet(namespace: string, name: string): Promise<ParameterSetRecord | undefined> {
    return this.patiently(() => this.state.parameterSet(namespace, name));
  }

  putInstallation(record: InstallationRecord): Promise<void> {
    return this.patiently(() => this.state.putInstallation(record));
  }

  putRun(record: RunRecord): Promise<void> {
    return this.patiently(() => this.state.putRun(record));
  }

  addResult(record: ResultRecord): Promise<void> {
    return this.patiently(() => this.state.addResult(record));
  }

  addOutput(record: OutputRecord): Promise<void> {
    return this.patiently(() => this.state.addOutput(record));
  }

  putCredentialSet(record: CredentialSetRecord): Promise<void> {
    return this.patiently(() => this.state.putCredentialSet(record));
  }

  putParameterSet(record: ParameterSetRecord): Promise<void> {
    return this.patiently(() => this.state.putParameterSet(record));
  }

  deleteInstallation(namespace: string, name: string): Promise<void> {
    return this.patiently(() => this.state.deleteInstallation(namespace, name));
  }

  deleteCredentialSet(namespace: string, name: string): Promise<void> {
    return this.patiently(() => this.state.deleteCredentialSet(namespace, name));
  }

  deleteParameterSet(namespace: string, name: string): Promise<void> {
    return this.patiently(() => this.state.deleteParameterSet(namespace, name));
  }

  close(): Promise<void> {
    return this.state.close();
  }

  private async patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof StateUnavailableError)) throw error;
        if (this.deadline.isOver) {
          throw new AgentFailure(`the state store is unavailable: ${messageOf(error)}`, { cause: error });
        }
        this.log.info(`waiting for the state store: ${messageOf(error)}`);
        await this.deadline.pause(pauseMs);
      }
    }
  }
}
