import { MongoClient, type Db } from 'mongodb';
import { parse } from 'yaml';
import { databaseOf } from '../../integrations/porter/state/index.js';
import { JOBS, SECRETS } from '../../runtime/client/index.js';
import type { Job, Pod, Stored } from '../../runtime/client/index.js';
import { PATIENCE_MS } from './eventually.js';
import { KubeError, type KubeApi } from './kube-api.js';
import { PlayedRun, type InstallationFile } from './played-run.js';
import type { Play } from './pod-plays.js';

type Document = Record<string, unknown>;
type Files = Record<string, string>;
/** How the agent's Pod ends after all. */
type End = (play: Play) => Promise<Play>;

/**
 * Does in an agent Pod's stead what Porter does to its state: reads the documents that the Pod would mount, and writes
 * the records of the run through the store named in `config.yaml`, in Porter's order and with Porter's rules, traps
 * included. Nothing is executed.
 */
export class PlayedPorter {
  private readonly stores = new Map<string, Promise<MongoClient>>();
  private isClosed = false;
  private readonly unconfined = new Set<string>();

  constructor(private readonly api: KubeApi) {}

  /** From now on the bundles of this namespace have no security context, which is how Porter's driver makes their Jobs. */
  leaveBundlesUnconfined(namespace: string): void {
    this.unconfined.add(namespace);
  }

  /**
   * The agent of this Pod begins; use as {@link Agent} of a PodPlayer. What Porter records before the bundle runs is
   * recorded when this resolves, the rest when the Pod is told how to end.
   * @param play how it will end, where that is known already
   */
  async begin(pod: Stored<Pod>, play?: Play): Promise<End> {
    const args = pod.spec?.containers.find(({ name }) => name === 'porter-agent')?.args ?? [];
    const files = args.length === 0 || recordsNothing(play) ? {} : await this.filesOf(pod);
    const state = await this.stateOf(files);
    if (state === undefined) return asTold;
    const text = files[args[2] ?? ''];
    if (args[0] === 'installation' && args[1] === 'apply' && text !== undefined) {
      return this.apply(state, pod, parse(text) as InstallationFile, args.includes('--force'));
    }
    return async (end) => {
      if (!recordsNothing(end)) await withoutBundle(state, args, text);
      return end;
    };
  }

  /** Ends the connections of a tenant, a namespace in which nothing runs any more: the store serves a limited number at once. */
  async leave(tenant: string): Promise<void> {
    for (const [url, client] of this.stores) {
      if (new URL(url).username !== tenant) continue;
      this.stores.delete(url);
      await client.then(
        (open) => open.close(),
        () => undefined,
      );
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const clients = await Promise.allSettled([...this.stores.values()]);
    for (const client of clients) if (client.status === 'fulfilled') await client.value.close();
  }

  private async apply(state: Db, pod: Stored<Pod>, file: InstallationFile, force: boolean): Promise<End> {
    const run = await PlayedRun.begin(state, file, force);
    if (run === undefined) return asTold;
    await this.createBundleJob(pod, file, run);
    return async (play) => {
      if ('ends' in play && play.record === undefined) await this.keep(pod, await run.end(play));
      return play;
    };
  }

  /** What the container beside the agent does with the values that the agent makes; a namespace that goes takes none. */
  private async keep(pod: Stored<Pod>, values: ReadonlyMap<string, string>): Promise<void> {
    const env = pod.spec?.initContainers?.find(({ name }) => name === 'secrets-keep')?.env ?? [];
    const name = env.find((variable) => variable.name === 'PORTEROPS_VALUES_SECRET')?.value;
    if (name === undefined || values.size === 0) return;
    const { namespace } = pod.metadata;
    const stringData = Object.fromEntries(values);
    const labels = { 'getporter.org/managed': 'true' };
    try {
      const exists = (await this.api.find(SECRETS, { namespace, name })) !== undefined;
      if (exists) await this.api.patch(SECRETS, { namespace, name }, { stringData });
      else await this.api.create(SECRETS, { metadata: { namespace, name, labels }, stringData });
    } catch (error) {
      if (!(error instanceof KubeError && [403, 404].includes(error.code))) throw error;
    }
  }

  /** Porter's driver marks its Job with the run's revision; the Job's Pod is played like any other. */
  private async createBundleJob(pod: Stored<Pod>, file: InstallationFile, { action, revision }: PlayedRun) {
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
    if (this.unconfined.has(pod.metadata.namespace ?? '')) delete job.spec?.template.spec?.securityContext;
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
    const database = (await this.clientOf(url, files['ca.crt'])).db(databaseOf(url));
    const ping = () => database.command({ ping: 1 });
    // The first word after a restart of the store meets a dead connection; for the next one the driver makes a new one.
    await ping().catch(ping);
    return database;
  }

  /** One client for each login, however many Pods use it at once. */
  private clientOf(url: string, authority: string | undefined): Promise<MongoClient> {
    if (this.isClosed) throw new Error('the player has been stopped');
    const known = this.stores.get(url) ?? this.connect(url, authority);
    this.stores.set(url, known);
    known.catch(() => this.stores.delete(url));
    return known;
  }

  /** The file of the authority is a path in the Pod. */
  private connect(url: string, authority: string | undefined): Promise<MongoClient> {
    const address = url.replace(/&tlsCAFile=[^&]*/, '');
    const trust = authority === undefined ? {} : { ca: authority };
    return new MongoClient(address, { ...trust, serverSelectionTimeoutMS: PATIENCE_MS }).connect();
  }
}

const asTold: End = (play) => Promise.resolve(play);

/** The agent gives up before it records anything. */
function recordsNothing(play: Play | undefined): boolean {
  return play !== undefined && 'ends' in play && play.record === 'nothing';
}

/** Commands that only change records. */
async function withoutBundle(state: Db, args: readonly string[], text: string | undefined): Promise<void> {
  const verb = args.slice(0, 2).join(' ');
  if (verb === 'credentials apply' && text !== undefined) await applySet(state, 'credentials', 'CredentialSet', text);
  if (verb === 'parameters apply' && text !== undefined) await applySet(state, 'parameters', 'ParameterSet', text);
  if (verb === 'credentials delete') await state.collection('credentials').deleteOne(target(args));
  if (verb === 'parameters delete') await state.collection('parameters').deleteOne(target(args));
  if (verb === 'installation delete') await forget(state, target(args));
}

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

function unbase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
