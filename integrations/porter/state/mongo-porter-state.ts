import type { Collection, Db, Document, Filter } from 'mongodb';
import { MongoServerError } from 'mongodb';
import type {
  CredentialSetRecord,
  InstallationRecord,
  OutputRecord,
  ParameterSetRecord,
  ResultRecord,
  RunRecord,
} from './documents.js';
import type { PorterState } from './porter-state.js';
import { StateUnavailableError } from './porter-state.js';

const DUPLICATE_KEY = 11000;
/** What identifies installations and sets to Porter; the database's own `_id` is of no interest. */
const WITHOUT_ID = { projection: { _id: 0 } } as const;

/** Porter's documents in one database of a MongoDB server; the queries are those that Porter makes. */
export class MongoPorterState implements PorterState {
  /**
   * `connecting` is waited for before every question: after a first connection that failed the driver does not try
   * again by itself. `closing` ends the connections, when they are this view's own.
   */
  constructor(
    private readonly database: Db,
    private readonly connecting: () => Promise<unknown>,
    private readonly closing: () => Promise<void>,
  ) {}

  async ping(): Promise<void> {
    await this.ask(() => this.database.command({ ping: 1 }));
  }

  installation(namespace: string, name: string): Promise<InstallationRecord | undefined> {
    return this.first(this.collection<InstallationRecord>('installations').find({ namespace, name }, WITHOUT_ID));
  }

  installations(namespace: string): Promise<InstallationRecord[]> {
    const found = this.collection<InstallationRecord>('installations').find({ namespace }, WITHOUT_ID);
    return this.ask(() => found.sort({ namespace: 1, name: 1 }).toArray());
  }

  lastRun(namespace: string, name: string): Promise<RunRecord | undefined> {
    return this.first(this.runs(namespace, name).sort({ _id: -1 }));
  }

  run(id: string): Promise<RunRecord | undefined> {
    return this.first(this.collection<RunRecord>('runs').find({ _id: id }));
  }

  runsAfter(namespace: string, name: string, runId: string): Promise<RunRecord[]> {
    return this.ask(() =>
      this.runs(namespace, name, { _id: { $gt: runId } })
        .sort({ _id: 1 })
        .toArray(),
    );
  }

  results(runId: string): Promise<ResultRecord[]> {
    return this.ask(() => this.collection<ResultRecord>('results').find({ runId }).sort({ _id: 1 }).toArray());
  }

  async outputs(namespace: string, name: string): Promise<OutputRecord[]> {
    const latest = this.collection('outputs').aggregate<{ lastOutput: OutputRecord & Document }>([
      { $match: { namespace, installation: name } },
      { $sort: { namespace: 1, installation: 1, name: 1, resultId: -1 } },
      { $group: { _id: '$name', lastOutput: { $first: '$$ROOT' } } },
    ]);
    const outputs = (await this.ask(() => latest.toArray())).map(({ lastOutput: { _id, ...output } }) => output);
    return outputs.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  credentialSet(namespace: string, name: string): Promise<CredentialSetRecord | undefined> {
    return this.nearest<CredentialSetRecord>('credentials', namespace, name);
  }

  parameterSet(namespace: string, name: string): Promise<ParameterSetRecord | undefined> {
    return this.nearest<ParameterSetRecord>('parameters', namespace, name);
  }

  putInstallation(record: InstallationRecord): Promise<void> {
    return this.put('installations', { namespace: record.namespace, name: record.name }, record);
  }

  putRun(record: RunRecord): Promise<void> {
    return this.put('runs', { _id: record._id }, record);
  }

  addResult(record: ResultRecord): Promise<void> {
    return this.add('results', record);
  }

  addOutput(record: OutputRecord): Promise<void> {
    return this.add('outputs', record);
  }

  putCredentialSet(record: CredentialSetRecord): Promise<void> {
    return this.put('credentials', { namespace: record.namespace, name: record.name }, record);
  }

  putParameterSet(record: ParameterSetRecord): Promise<void> {
    return this.put('parameters', { namespace: record.namespace, name: record.name }, record);
  }

  async deleteInstallation(namespace: string, name: string): Promise<void> {
    await this.ask(() => this.collection('installations').deleteOne({ namespace, name }));
    for (const collection of ['runs', 'results', 'outputs']) {
      await this.ask(() => this.collection(collection).deleteMany({ namespace, installation: name }));
    }
  }

  async deleteCredentialSet(namespace: string, name: string): Promise<void> {
    await this.ask(() => this.collection('credentials').deleteOne({ namespace, name }));
  }

  async deleteParameterSet(namespace: string, name: string): Promise<void> {
    await this.ask(() => this.collection('parameters').deleteOne({ namespace, name }));
  }

  close(): Promise<void> {
    return this.closing();
  }

  private collection<T extends object = Document>(name: string): Collection<T> {
    return this.database.collection<T>(name);
  }

  private runs(namespace: string, name: string, further: Filter<RunRecord> = {}) {
    return this.collection<RunRecord>('runs').find({ ...further, namespace, installation: name });
  }

  private nearest<T extends object>(collection: string, namespace: string, name: string): Promise<T | undefined> {
    const filter: Document = { name, $or: [{ namespace: '' }, { namespace }] };
    return this.first<T>(this.collection(collection).find(filter, WITHOUT_ID).sort({ namespace: -1 }));
  }

  private async first<T>(cursor: { limit(n: number): { toArray(): Promise<unknown[]> } }): Promise<T | undefined> {
    const [document] = await this.ask(() => cursor.limit(1).toArray());
    return document as T | undefined;
  }

  private async put(collection: string, filter: Document, record: object): Promise<void> {
    await this.ask(() => this.collection(collection).replaceOne(filter, { ...record }, { upsert: true }));
  }

  private async add(collection: string, record: object): Promise<void> {
    try {
      await this.ask(() => this.collection(collection).insertOne({ ...record }));
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      await this.connecting();
      return await question();
    } catch (error) {
      throw unavailable(error);
    }
  }
}

function isDuplicate(error: unknown): boolean {
  const cause = error instanceof StateUnavailableError ? error.cause : undefined;
  return cause instanceof MongoServerError && cause.code === DUPLICATE_KEY;
}

function unavailable(error: unknown): StateUnavailableError {
  const reason = error instanceof Error ? error.message : String(error);
  return new StateUnavailableError(`Porter's state store: ${reason}`, { cause: error });
}
