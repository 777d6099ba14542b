import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type Db } from 'mongodb';
import { ulid } from 'ulid';
import { parse } from 'yaml';
import { databaseOf } from '../../integrations/porter/state/index.js';
import { JOBS, SECRETS } from '../../runtime/client/index.js';
import type { Job, Pod, Stored } from '../../runtime/client/index.js';
import type { KubeApi } from './kube-api.js';
import type { Play } from './pod-plays.js';

type Document = Record<string, unknown>;
type Files = Record<string, string>;

interface InstallationFile extends Document {
  name: string;
  namespace: string;
  uninstalled?: boolean;
  bundle: { repository: string; version?: string; digest?: string; tag?: string };
  parameters?: Record<string, unknown>;
  credentialSets?: string[];
  parameterSets?: string[];
}

interface InstallationRecord extends Document {
  status: { action: string; runId: string; resultStatus: string; installed: string | null; uninstalled: string | null };
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
    greeting: { definition: 'greeting', path: '/cnab/app/outputs/greeting' },
    secretout: { definition: 'secretout', path: '/cnab/app/outputs/secretout' },
  },
};

/**
 * Does in an agent Pod's stead what Porter does to its state: reads the documents that the Pod would mount, and writes
 * the records of the run through the store named in `config.yaml`, in Porter's order and with Porter's rules, traps
 * included. Nothing is executed.
 */
export class PlayedPorter {
  private readonly stores = new Map<string, Promise<MongoClient>>();
  private folder: string | undefined;

  constructor(private readonly api: KubeApi) {}

  /** Records the run of this Pod; use as {@link BeforeEnd} of a PodPlayer. */
  async record(pod: Stored<Pod>, play: Play): Promise<Play> {
    const args = pod.spec?.containers.find(({ name }) => name === 'porter-agent')?.args ?? [];
    const files = await this.filesOf(pod);
    const state = await this.stateOf(files);
    const verb = args.slice(0, 2).join(' ');
    const text = files[args[2] ?? ''];
    if (state === undefined || ('record' in play && play.record === 'nothing')) return play;
    if (verb === 'credentials apply' && text !== undefined) await applySet(state, 'credentials', 'CredentialSet', text);
    if (verb === 'parameters apply' && text !== undefined) await applySet(state, 'parameters', 'ParameterSet', text);
    if (verb === 'credentials delete') await state.collection('credentials').deleteOne(target(args));
    if (verb === 'parameters delete') await state.collection('parameters').deleteOne(target(args));
    if (verb === 'installation delete') await forget(state, target(args));
    if (verb === 'installation apply' && text !== undefined) {
      return this.applyInstallation(state, pod, parse(text) as InstallationFile, play, args.includes('--force'));
    }
    return play;
  }

  async close(): Promise<void> {
    const clients = await Promise.allSettled([...this.stores.values()]);
    for (const client of clients) if (client.status === 'fulfilled') await client.value.close(true);
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  private async applyInstallation(
    state: Db,
    pod: Stored<Pod>,
    file: InstallationFile,
    play: Play,
    force: boolean,
  ): Promise<Play> {
    const key = { namespace: file.namespace, name: file.name };
    const record = await state.collection<InstallationRecord>('installations').findOne(key);
    const action = await this.actionFor(state, file, record, force);
    const now = new Date().toISOString();
    const before = {
      schemaType: 'Installation',
      ...file,
      id: record?.['id'] ?? ulid(),
      status: record?.status ?? { ...EMPTY_STATUS, created: now },
    };
    await state.collection('installations').replaceOne(key, before, { upsert: true });
    if (action === undefined) return play;
    await this.runAction(state, pod, { file, action, before, play });
    return play;
  }

  /** Porter's own in-sync test; `undefined` means that nothing is run. */
  private async actionFor(
    state: Db,
    file: InstallationFile,
    record: InstallationRecord | null,
    force: boolean,
  ): Promise<string | undefined> {
    if (isSet(record?.status.uninstalled) && !force) return undefined;
    const installed = isSet(record?.status.installed) && !isSet(record?.status.uninstalled);
    if (file.uninstalled === true) return installed ? 'uninstall' : undefined;
    if (!installed) return 'install';
    const last = await state.collection('runs').findOne({ _id: record?.status.runId as never });
    const same = last?.['bundleDigest'] === digestOf(file) && last['parametersDigest'] === parametersDigest(file);
    return same && !force ? undefined : 'upgrade';
  }

  private async runAction(
    state: Db,
    pod: Stored<Pod>,
    run: { file: InstallationFile; action: string; before: Document; play: Play },
  ): Promise<void> {
    const { file, action, before, play } = run;
    const key = { namespace: file.namespace, name: file.name };
    const now = new Date().toISOString();
    const ids = { run: ulid(), revision: ulid() };
    const identity = { namespace: file.namespace, installation: file.name, schemaVersion: '1.0.2' };
    const { bundleReference, bundleDigest } = { bundleReference: referenceOf(file), bundleDigest: digestOf(file) };
    await state.collection<{ _id: string }>('runs').replaceOne(
      { _id: ids.run },
      {
        ...identity,
        ...{ revision: ids.revision, action, created: now, modified: now, bundleReference, bundleDigest, custom: null },
        ...{ bundle: JSON.stringify(BUNDLE), parametersDigest: parametersDigest(file) },
        ...{ credentialSets: file.credentialSets ?? [], parameterSets: file.parameterSets ?? [] },
        parameters: { parameters: parametersOf(file, ids.run), schemaVersion: '1.1.0', ...key, status: {} },
      },
      { upsert: true },
    );
    const results = state.collection<{ _id: string }>('results');
    await results.insertOne({ ...identity, _id: ulid(), runId: ids.run, status: 'running', created: now } as never);
    await this.createBundleJob(pod, file, action, ids.revision);
    if (!('ends' in play) || play.record === 'running') return;
    const status = play.ends === 'Succeeded' ? 'succeeded' : 'failed';
    const resultId = ulid();
    const result = { ...identity, _id: resultId, runId: ids.run, status, created: new Date().toISOString() };
    await results.insertOne({ ...result, ...(status === 'failed' ? { message: play.log } : {}) });
    if (status === 'succeeded' && action !== 'uninstall') {
      await state.collection('outputs').insertMany([
        { ...identity, resultId, runId: ids.run, name: 'greeting', key: '', value: base64(`hello from ${action}`) },
        { ...identity, resultId, runId: ids.run, name: 'secretout', key: `${ids.run}-secretout`, value: null },
      ]);
    }
    const previous = before['status'] as Document;
    const ended = {
      ...{ ...previous, action, runId: ids.run, resultId, resultStatus: status, modified: now },
      ...{ bundleReference, bundleDigest, bundleVersion: file.bundle.version ?? BUNDLE.version },
      ...(status === 'succeeded' && action === 'install' ? { installed: now, uninstalled: null } : {}),
      ...(status === 'succeeded' && action === 'uninstall' ? { uninstalled: now } : {}),
    };
    await state.collection('installations').replaceOne(key, { ...before, status: ended });
  }

  /** Porter's driver marks its Job with the run's revision; the Job's Pod is played like any other. */
  private async createBundleJob(pod: Stored<Pod>, file: InstallationFile, action: string, revision: string) {
    const env = pod.spec?.containers[0]?.env ?? [];
    const labels = (env.find(({ name }) => name === 'LABELS')?.value ?? '').split(' ').map((pair) => pair.split('='));
    const job: Job = {
      metadata: {
        name: bundleJobName(action, file, revision),
        namespace: pod.metadata.namespace,
        annotations: {
          'cnab.io/action': action,
          'cnab.io/installation': `${file.namespace}/${file.name}`,
          'cnab.io/revision': revision,
        },
        labels: { 'cnab.io/driver': 'kubernetes', ...(Object.fromEntries(labels) as Record<string, string>) },
      },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { labels: { ...(Object.fromEntries(labels) as Record<string, string>) } },
          spec: {
            restartPolicy: 'Never',
            securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'invocation',
                image: `registry.test/hello@sha256:${'1'.repeat(64)}`,
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              },
            ],
          },
        },
      },
    };
    await this.api.create(JOBS, job);
  }

  /** What the Pod would see in /porter-config and /porter-workdir, by file name. */
  private async filesOf(pod: Stored<Pod>): Promise<Files> {
    const files: Files = {};
    for (const volume of pod.spec?.volumes ?? []) {
      const sources = volume.secret ? [volume.secret] : (volume.projected?.sources ?? []).map(({ secret }) => secret);
      for (const source of sources) {
        const name =
          source && ('secretName' in source ? source.secretName : 'name' in source ? source.name : undefined);
        if (name === undefined) continue;
        const secret = await this.api.find(SECRETS, { namespace: pod.metadata.namespace, name });
        const items = source?.items ?? Object.keys(secret?.data ?? {}).map((key) => ({ key, path: key }));
        for (const { key, path } of items) files[path] = unbase64(secret?.data?.[key] ?? '');
      }
    }
    return files;
  }

  /** The database that `config.yaml` names, or `undefined` when it names none. */
  private async stateOf(files: Files): Promise<Db | undefined> {
    const config = parse(files['config.yaml'] ?? '') as {
      'default-storage'?: string;
      storage?: { name: string; config?: { url?: string } }[];
    } | null;
    const storage = config?.storage?.find(({ name }) => name === config['default-storage']) ?? config?.storage?.[0];
    const url = storage?.config?.url;
    if (url === undefined) return undefined;
    const known = await this.stores.get(url)?.catch(() => undefined);
    const database = known?.db(databaseOf(url));
    if (database !== undefined && (await isAlive(database))) return database;
    const client = this.connect(url, files['ca.crt']);
    this.stores.set(url, client);
    return (await client).db(databaseOf(url));
  }

  private async connect(url: string, authority: string | undefined): Promise<MongoClient> {
    this.folder ??= await mkdtemp(join(tmpdir(), 'played-porter-'));
    const file = join(this.folder, `${createHash('sha256').update(url).digest('hex')}.crt`);
    if (authority !== undefined) await writeFile(file, authority);
    const address = url.replace(/(?<=[?&]tlsCAFile=)[^&]*/, encodeURIComponent(file));
    return new MongoClient(address, { serverSelectionTimeoutMS: 10_000 }).connect();
  }
}

async function isAlive(database: Db): Promise<boolean> {
  return database.command({ ping: 1 }).then(
    () => true,
    () => false,
  );
}

const EMPTY_STATUS = {
  ...{ action: '', runId: '', resultId: '', resultStatus: '', installed: null, uninstalled: null },
  ...{ bundleReference: '', bundleVersion: '', bundleDigest: '' },
};

/** As Porter's driver names its Jobs: cut to 50 characters, what a name may not contain replaced. */
function bundleJobName(action: string, { namespace, name }: InstallationFile, revision: string): string {
  const base = `${action}-${namespace}-${name}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  return `${base.slice(0, 50)}-${revision.slice(-5).toLowerCase()}`;
}

async function applySet(state: Db, collection: string, schemaType: string, text: string): Promise<void> {
  const file = parse(text) as Document;
  const key = { namespace: file['namespace'], name: file['name'] };
  const now = new Date().toISOString();
  const set = { schemaType, ...file, status: { created: now, modified: now } };
  await state.collection(collection).replaceOne(key, set, { upsert: true });
}

async function forget(state: Db, { namespace, name }: { namespace: string; name: string }): Promise<void> {
  await state.collection('installations').deleteOne({ namespace, name });
  for (const collection of ['runs', 'results', 'outputs']) {
    await state.collection(collection).deleteMany({ namespace, installation: name });
  }
}

/** `… delete -n NAMESPACE NAME`, the flag in any place. */
function target(args: readonly string[]): { namespace: string; name: string } {
  const flag = args.findIndex((arg) => arg === '-n' || arg === '--namespace');
  const names = args.slice(2).filter((arg, index) => !arg.startsWith('-') && index + 2 !== flag + 1);
  return { namespace: flag < 0 ? '' : (args[flag + 1] ?? ''), name: names[0] ?? '' };
}

function parametersOf(file: InstallationFile, runId: string) {
  return Object.entries(file.parameters ?? {}).map(([name, value]) => ({
    name,
    source: name === 'password' ? { secret: `${runId}-password` } : { value: String(value) },
  }));
}

function referenceOf({ bundle }: InstallationFile): string {
  if (bundle.digest !== undefined) return `${bundle.repository}@${bundle.digest}`;
  return `${bundle.repository}:${bundle.version === undefined ? bundle.tag : `v${bundle.version}`}`;
}

function digestOf(file: InstallationFile): string {
  return file.bundle.digest ?? `sha256:${createHash('sha256').update(referenceOf(file)).digest('hex')}`;
}

function parametersDigest(file: InstallationFile): string {
  return `sha256:${createHash('sha256')
    .update(JSON.stringify(file.parameters ?? {}))
    .digest('hex')}`;
}

function isSet(time: string | null | undefined): boolean {
  return time !== null && time !== undefined;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function unbase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
