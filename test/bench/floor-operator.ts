import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import type { AgentAction } from '../../api/porter/v1/agent-action.js';
import type { Installation } from '../../api/porter/v1/installation.js';
import { JOBS, SECRETS } from '../../runtime/client/core-resources.js';
import { apiVersionOf } from '../../runtime/client/resource.js';
import type { Job, KubernetesJson, Resource, Stored } from '../../runtime/client/index.js';
import { KubeApi, KubeError } from '../support/kube-api.js';

const GROUP = { group: 'getporter.org', version: 'v1', namespaced: true };
const INSTALLATIONS: Resource<Installation> = { ...GROUP, kind: 'Installation', plural: 'installations' };
const AGENT_ACTIONS: Resource<AgentAction> = { ...GROUP, kind: 'AgentAction', plural: 'agentactions' };

/**
 * The least that an operator for Installations must ask of the API server: finalizer, AgentAction, one Secret with
 * the files, Job, final status. It has no queue, no retries, no conditions on the way, no events and no deletion; it is
 * the measure for what all of that costs.
 *
 * It takes the product's flags and heeds those that say where the API server is and where to serve health and metrics.
 */
const { values: flags } = parseArgs({ strict: false, allowPositionals: true });
const api = connect(String(flags['kubeconfig']));
const seen = new Set<string>();
const finished = new Set<string>();
const installationOf = new Map<string, Stored<Installation>>();
const stopping = new AbortController();
let requests = 0;
let failures = 0;

/** Reads a kubeconfig with a token and an embedded certificate authority, as the bench writes it. */
function connect(file: string): KubeApi {
  const config = parse(readFileSync(file, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
    users: { user: { token: string } }[];
  };
  const [cluster, user] = [config.clusters[0]?.cluster, config.users[0]?.user];
  const ca = Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64');
  return KubeApi.connect(cluster?.server ?? '', { ca }, { authorization: `Bearer ${user?.token}` });
}

async function launch(installation: Stored<Installation>): Promise<void> {
  const { namespace, name, uid } = installation.metadata;
  const child = `${name.slice(0, 50)}-${createHash('sha256').update(`${uid}/1`).digest('hex').slice(0, 10)}`;
  const key = { namespace, name };
  installationOf.set(`${namespace}/${child}`, installation);
  const labels = { 'getporter.org/managed': 'true', 'getporter.org/jobType': 'porter-agent' };
  await count(api.patch(INSTALLATIONS, key, { metadata: { finalizers: ['getporter.org/finalizer'] } }));
  const document = JSON.stringify(installation.spec);
  const args = ['installation', 'apply', 'installation.yaml'];
  const files = { 'installation.yaml': Buffer.from(document).toString('base64') };
  const action = await count(
    api.create(AGENT_ACTIONS, {
      metadata: { namespace, name: child, labels, ownerReferences: [ownedBy(INSTALLATIONS, installation)] },
      spec: { args, files },
    }),
  );
  const ownerReferences = [ownedBy(AGENT_ACTIONS, action)];
  await count(
    api.create(SECRETS, {
      metadata: { namespace, name: child, labels, ownerReferences },
      data: { ...files, 'config.yaml': Buffer.from('verbosity: info\n').toString('base64') },
      immutable: true,
    }),
  );
  await count(api.create(JOBS, jobOf(child, { namespace, labels, ownerReferences }, args)));
}

function jobOf(name: string, metadata: Omit<Job['metadata'], 'name'>, args: string[]): Job {
  const mounts = ['porter-config', 'porter-workdir'];
  const spec = {
    backoffLimit: 0,
    activeDeadlineSeconds: 3600,
    template: {
      metadata: { labels: metadata.labels },
      spec: {
        restartPolicy: 'Never',
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'porter-agent',
            image: 'registry.test/porterops:test',
            args,
            volumeMounts: mounts.map((mount) => ({ name: mount, mountPath: `/${mount}` })),
          },
        ],
        volumes: mounts.map((mount) => ({ name: mount, secret: { secretName: name } })),
      },
    },
  };
  return { metadata: { ...metadata, name }, spec };
}

async function finish(job: Stored<Job>): Promise<void> {
  const installation = installationOf.get(`${job.metadata.namespace}/${job.metadata.name}`);
  const complete = job.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True');
  if (installation === undefined || complete !== true || finished.has(job.metadata.uid)) return;
  finished.add(job.metadata.uid);
  const { namespace, name, generation } = installation.metadata;
  const ready = { type: 'Ready', status: 'True', reason: 'Installed', message: 'The bundle is installed as declared.' };
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const conditions = [{ ...ready, lastTransitionTime, observedGeneration: generation }];
  const status = { observedGeneration: generation, phase: 'Succeeded', conditions };
  await count(api.patchStatus(INSTALLATIONS, { namespace, name }, { status }));
}

function ownedBy(resource: Resource, { metadata: { name, uid } }: Stored<KubernetesJson>) {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

async function count<T>(request: Promise<T>): Promise<T> {
  requests += 1;
  return request;
}

function contain(work: Promise<void>): void {
  work.catch((error: unknown) => {
    failures += 1;
    process.stderr.write(`${error instanceof KubeError ? error.message : String(error)}\n`);
  });
}

await api.watch(
  INSTALLATIONS,
  {},
  ({ type, object }) => {
    if (type === 'DELETED' || seen.has(object.metadata.uid)) return;
    seen.add(object.metadata.uid);
    contain(launch(object));
  },
  stopping.signal,
);
await api.watch(JOBS, {}, ({ type, object }) => type !== 'DELETED' && contain(finish(object)), stopping.signal);

const servers = [serve('health-probe-bind-address'), serve('metrics-bind-address')];
process.once('SIGTERM', () => {
  stopping.abort();
  for (const server of servers) server.close();
  void api.close();
});

function serve(flag: string) {
  const server = createServer((_request, response) => {
    response.end(`rest_client_requests_total ${requests}\nfloor_failures_total ${failures}\n`);
  });
  return server.listen(Number(String(flags[flag]).split(':').at(-1)), '127.0.0.1');
}
