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
import { Steps } from './steps.js';

/** Porter's database in memory, with its uniqueness rules. */
export class MemoryState implements PorterState {
  readonly installationRecords = new Map<string, InstallationRecord>();
  readonly runRecords = new Map<string, RunRecord>();
  readonly resultRecords = new Map<string, ResultRecord>();
  readonly outputRecords = new Map<string, OutputRecord>();
  readonly credentialSets = new Map<string, CredentialSetRecord>();
  readonly parameterSets = new Map<string, ParameterSetRecord>();
  /** Names of the writes so far, in order. */
  readonly writes: string[] = [];
  /** So many calls fail from now on, as if the database were away. */
  outage = 0;

  constructor(private readonly steps = new Steps()) {}

  ping() {
    return this.read(() => undefined);
  }

  installation(namespace: string, name: string) {
    return this.read(() => this.installationRecords.get(`${namespace}/${name}`));
  }

  installations(namespace: string) {
    return this.read(() => [...this.installationRecords.values()].filter((record) => record.namespace === namespace));
  }

  lastRun(namespace: string, name: string) {
    return this.read(() => this.runsOf(namespace, name).at(-1));
  }

  run(id: string) {
    return this.read(() => this.runRecords.get(id));
  }

  runsAfter(namespace: string, name: string, runId: string) {
    return this.read(() => this.runsOf(namespace, name).filter(({ _id }) => _id > runId));
  }

  results(runId: string) {
    return this.read(() => sorted(this.resultRecords, '_id').filter((result) => result.runId === runId));
  }

  outputs(namespace: string, name: string) {
    return this.read(() => {
      const own = sorted(this.outputRecords, 'resultId').filter(
        (o) => o.namespace === namespace && o.installation === name,
      );
      return [...new Map(own.map((output) => [output.name, output])).values()];
    });
  }

  credentialSet(namespace: string, name: string) {
    return this.read(() => this.credentialSets.get(`${namespace}/${name}`) ?? this.credentialSets.get(`/${name}`));
  }

  parameterSet(namespace: string, name: string) {
    return this.read(() => this.parameterSets.get(`${namespace}/${name}`) ?? this.parameterSets.get(`/${name}`));
  }

  putInstallation(record: InstallationRecord) {
    return this.write('installation', () => this.installationRecords.set(`${record.namespace}/${record.name}`, record));
  }

  putRun(record: RunRecord) {
    return this.write('run', () => this.runRecords.set(record._id, record));
  }

  addResult(record: ResultRecord) {
    return this.write(`result ${record.status}`, () => addOnce(this.resultRecords, record._id, record));
  }

  addOutput(record: OutputRecord) {
    const key = `${record.resultId}/${record.name}`;
    return this.write(`output ${record.name}`, () => addOnce(this.outputRecords, key, record));
  }

  putCredentialSet(record: CredentialSetRecord) {
    return this.write('credential set', () => this.credentialSets.set(`${record.namespace}/${record.name}`, record));
  }

  putParameterSet(record: ParameterSetRecord) {
    return this.write('parameter set', () => this.parameterSets.set(`${record.namespace}/${record.name}`, record));
  }

  deleteInstallation(namespace: string, name: string) {
    return this.write('delete installation', () => {
      this.installationRecords.delete(`${namespace}/${name}`);
      for (const map of [this.runRecords, this.resultRecords, this.outputRecords]) {
        for (const [key, record] of map) {
          if (record.namespace === namespace && record.installation === name) map.delete(key);
        }
      }
    });
  }

  deleteCredentialSet(namespace: string, name: string) {
    return this.write('delete credential set', () => this.credentialSets.delete(`${namespace}/${name}`));
  }

  deleteParameterSet(namespace: string, name: string) {
    return this.write('delete parameter set', () => this.parameterSets.delete(`${namespace}/${name}`));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private runsOf(namespace: string, name: string): RunRecord[] {
    const own = (run: RunRecord) => run.namespace === namespace && run.installation === name;
    return sorted(this.runRecords, '_id').filter(own);
  }

  private read<T>(look: () => T): Promise<T> {
    return this.steps.take(() => {
      this.refuseWhenAway();
      return structuredClone(look());
    }, lostReply);
  }

  private async write(name: string, change: () => unknown): Promise<void> {
    await this.steps.take(() => {
      this.refuseWhenAway();
      this.writes.push(name);
      change();
    }, lostReply);
  }

  private refuseWhenAway(): void {
    if (this.outage <= 0) return;
    this.outage--;
    throw new StateUnavailableError('server selection error: connection refused');
  }
}

function sorted<T extends object>(records: ReadonlyMap<string, T>, field: keyof T): T[] {
  return [...records.values()].sort((a, b) => (a[field] < b[field] ? -1 : 1));
}

const lostReply = () => new StateUnavailableError('connection closed');

function addOnce<T>(map: Map<string, T>, key: string, record: T): void {
  if (!map.has(key)) map.set(key, record);
}
