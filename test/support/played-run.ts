import { createHash } from 'node:crypto';
import type { Db } from 'mongodb';
import { newRecordId } from '../../integrations/porter/state/record-id.js';
import type { Play } from './pod-plays.js';

type Document = Record<string, unknown>;
type End = Extract<Play, { ends: string }>;

/** `installation.yaml`. */
export interface InstallationFile {
  name: string;
  namespace: string;
  uninstalled?: boolean;
  bundle: { repository: string; version?: string; digest?: string; tag?: string };
  labels?: Record<string, string>;
  parameters?: Record<string, unknown>;
  credentialSets?: string[];
  parameterSets?: string[];
}

/** A sensitive one has a key instead of its value. */
interface OutputValue {
  readonly key: string;
  readonly value: string | null;
}

interface InstallationRecord extends Document {
  id: string;
  status: Document & { installed: string | null; uninstalled: string | null };
}

/** The bundle that every played run runs: what `bundle.json` says, as far as a reader of records needs it. */
const BUNDLE = {
  schemaVersion: '1.0.0',
  name: 'hello',
  version: '0.3.0',
  invocationImages: [
    { imageType: 'docker', image: 'registry.test/hello:inv', contentDigest: `sha256:${'1'.repeat(64)}` },
  ],
  definitions: {
    name: { type: 'string', default: 'world' },
    password: { type: 'string', writeOnly: true },
    greeting: { type: 'string' },
    secretout: { type: 'string', writeOnly: true },
  },
  parameters: {
    name: { definition: 'name', destination: { env: 'NAME' } },
    password: { definition: 'password', destination: { env: 'PASSWORD' } },
  },
  outputs: {
    greeting: { definition: 'greeting', applyTo: ['install', 'upgrade'], path: '/cnab/app/outputs/greeting' },
    secretout: { definition: 'secretout', applyTo: ['install', 'upgrade'], path: '/cnab/app/outputs/secretout' },
  },
};
const SCHEMA_VERSION = '1.0.2';
const LOGS = 'io.cnab.outputs.invocationImageLogs';
const NEVER_RUN = {
  ...{ action: '', runId: '', resultId: '', resultStatus: '', installed: null, uninstalled: null },
  ...{ bundleReference: '', bundleVersion: '', bundleDigest: '' },
};

/** One run of `installation apply`: the records that Porter 1.6 writes, in its order, and what it decides by them. */
export class PlayedRun {
  readonly revision = newRecordId();
  private readonly id = newRecordId();

  private constructor(
    private readonly state: Db,
    private readonly file: InstallationFile,
    private readonly installation: InstallationRecord,
    readonly action: string,
  ) {}

  /**
   * Decides, and records what Porter records before it runs the bundle: the installation, the run, and the result
   * `running`. Undefined: nothing is run, and nothing recorded.
   */
  static async begin(state: Db, file: InstallationFile, force: boolean): Promise<PlayedRun | undefined> {
    const installations = state.collection<InstallationRecord>('installations');
    const before = await installations.findOne(keyOf(file), { projection: { _id: 0 } });
    if ((await isInSync(state, file, before)) && !force) return undefined;
    const run = new PlayedRun(state, file, desired(file, before), actionFor(file, before));
    await run.putInstallation(run.installation);
    await run.putInstallation();
    await run.putRun();
    await run.addResult({ status: 'running', outputs: null });
    return run;
  }

  /**
   * Records how the bundle ended: the result, then the installation, then the outputs. Resolves to the sensitive values
   * that it left to the secrets plugin, by their keys.
   */
  async end(play: End): Promise<Map<string, string>> {
    const succeeded = play.ends === 'Succeeded';
    const outputs = this.outputs(succeeded, play.log);
    const result = succeeded ? { status: 'succeeded' } : { status: 'failed', message: play.log };
    const { resultId, created } = await this.addResult({ ...result, outputs: metadataOf(outputs) });
    const { status } = this.installation;
    const ended = {
      ...{ ...status, action: this.action, runId: this.id, resultId, resultStatus: result.status },
      ...{ bundleReference: referenceOf(this.file), bundleDigest: digestOf(this.file) },
      bundleVersion: this.file.bundle.version ?? BUNDLE.version,
      ...(succeeded && this.action === 'install' && !isInstalled(status) ? { installed: created } : {}),
      ...(succeeded && this.action === 'uninstall' && !isUninstalled(status) ? { uninstalled: created } : {}),
    };
    await this.putInstallation({ status: ended }, { upsert: false });
    for (const [name, output] of outputs) {
      const record = { ...this.identity(), runId: this.id, resultId, name, ...output };
      await this.state.collection('outputs').insertOne(record);
    }
    const keys = [...outputs.values()].map(({ key }) => key).filter((key) => key !== '');
    return new Map(keys.map((key) => [key, `value of ${key}`]));
  }

  /** As it is kept from the run's beginning on, with what changes. */
  private async putInstallation(changes: Document = {}, how = { upsert: true }): Promise<void> {
    const parameters = internalSet(this.file, this.installation.id, this.id);
    const record = { ...this.installation, parameters, ...changes };
    await this.state.collection('installations').replaceOne(keyOf(this.file), record, how);
  }

  private async putRun(): Promise<void> {
    const { file, id } = this;
    const now = new Date().toISOString();
    const run = {
      ...{ _id: id, ...this.identity(), revision: this.revision, action: this.action },
      ...{ created: now, modified: now, custom: null },
      ...{ bundle: JSON.stringify(BUNDLE), bundleReference: referenceOf(file), bundleDigest: digestOf(file) },
      ...{ parameters: internalSet(file, file.name, id), parameterOverrides: internalSet(file, file.name, id) },
      ...{ parametersDigest: parametersDigest(file), credentialsDigest: '' },
      ...{ credentials: { schemaVersion: '', namespace: '', name: '', credentials: [], status: {} } },
      ...filled({ credentialSets: file.credentialSets, parameterSets: file.parameterSets }),
    };
    await this.state.collection<{ _id: string }>('runs').replaceOne({ _id: id }, run, { upsert: true });
  }

  private async addResult(result: Document): Promise<{ resultId: string; created: string }> {
    const [resultId, created] = [newRecordId(), new Date().toISOString()];
    const record = { ...this.identity(), _id: resultId, runId: this.id, created, ...result };
    await this.state.collection<typeof record>('results').insertOne(record);
    return { resultId, created };
  }

  private outputs(succeeded: boolean, log: string): Map<string, OutputValue> {
    const outputs = new Map<string, OutputValue>();
    if (succeeded && this.action !== 'uninstall') {
      outputs.set('greeting', { key: '', value: base64(`hello from ${this.action}`) });
      outputs.set('secretout', { key: `${this.id}-secretout`, value: null });
    }
    return outputs.set(LOGS, { key: '', value: base64(log) });
  }

  private identity() {
    return { namespace: this.file.namespace, installation: this.file.name, schemaVersion: SCHEMA_VERSION };
  }
}

/** What a result tells of outputs besides their values. */
function metadataOf(outputs: ReadonlyMap<string, OutputValue>): Document {
  const entries = [...outputs].map(([name, { value }]) => {
    return [name, { contentDigest: sha256(value ?? ''), generatedByBundle: String(name !== LOGS) }] as const;
  });
  return Object.fromEntries(entries);
}

/** Which action would bring about what the document asks for. */
function actionFor(file: InstallationFile, record: InstallationRecord | null): string {
  if (!isInstalled(record?.status)) return 'install';
  return file.uninstalled === true ? 'uninstall' : 'upgrade';
}

/** Porter's test: it never looks at how the last run ended, and takes no notice of what was uninstalled. */
async function isInSync(state: Db, file: InstallationFile, record: InstallationRecord | null): Promise<boolean> {
  if (isUninstalled(record?.status)) return true;
  if (file.uninstalled === true) return !isInstalled(record?.status);
  if (!isInstalled(record?.status)) return false;
  const ofIt = { namespace: file.namespace, installation: file.name };
  const [last] = await state.collection('runs').find(ofIt).sort({ _id: -1 }).limit(1).toArray();
  return (
    last?.['bundleDigest'] === digestOf(file) &&
    last['parametersDigest'] === parametersDigest(file) &&
    sortedText(last['credentialSets'] as string[] | undefined) === sortedText(file.credentialSets)
  );
}

/** What the document asks for, over the status that is there. */
function desired(file: InstallationFile, before: InstallationRecord | null): InstallationRecord {
  const { name, namespace, bundle, uninstalled, labels, credentialSets, parameterSets } = file;
  const [id, now] = [before?.id ?? newRecordId(), new Date().toISOString()];
  return {
    ...{ schemaType: 'Installation', schemaVersion: SCHEMA_VERSION, id, namespace, name, bundle },
    ...(uninstalled === true ? { uninstalled } : {}),
    ...filled({ labels, credentialSets, parameterSets }),
    parameters: internalSet(file, id, id),
    status: { created: now, ...NEVER_RUN, ...before?.status, modified: now },
  };
}

/** Of the two times the later one counts: Porter takes neither back. */
function isInstalled(status: InstallationRecord['status'] | undefined): boolean {
  return isAfter(status?.installed, status?.uninstalled);
}

function isUninstalled(status: InstallationRecord['status'] | undefined): boolean {
  return isAfter(status?.uninstalled, status?.installed);
}

function isAfter(time: string | null = null, other: string | null = null): boolean {
  return time !== null && (other === null || Date.parse(time) > Date.parse(other));
}

function internalSet({ namespace, parameters = {} }: InstallationFile, owner: string, keyOwner: string): Document {
  const now = new Date().toISOString();
  const entries = Object.entries(parameters).map(([name, value]) => ({
    name,
    source: name === 'password' ? { secret: `${keyOwner}-password` } : { value: textOf(value) },
  }));
  const set = {
    schemaType: 'ParameterSet',
    schemaVersion: '1.1.0',
    namespace,
    name: `internal-parameter-set-${owner}`,
  };
  return { ...set, parameters: entries, status: { created: now, modified: now } };
}

function keyOf({ namespace, name }: InstallationFile): { namespace: string; name: string } {
  return { namespace, name };
}

function referenceOf({ bundle }: InstallationFile): string {
  if (bundle.digest !== undefined) return `${bundle.repository}@${bundle.digest}`;
  return `${bundle.repository}:${bundle.version === undefined ? bundle.tag : `v${bundle.version}`}`;
}

function digestOf(file: InstallationFile): string {
  return file.bundle.digest ?? sha256(referenceOf(file));
}

function parametersDigest(file: InstallationFile): string {
  return sha256(JSON.stringify(file.parameters ?? {}));
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function sortedText(names: readonly string[] = []): string {
  return [...names].sort().join('\n');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Porter leaves out what is empty. */
function filled(members: Record<string, object | undefined>): Document {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => Object.keys(value ?? {}).length > 0));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
