import type { V1KeyToPath, V1VolumeMount } from '@kubernetes/client-node';
import type { AgentRun, Volume } from './agent-run.js';
import { FILE_KEYS, documentKey } from './files-secret.js';

/** Where things are in an agent's containers. */
export const MOUNTS = {
  shared: '/porter-shared',
  config: '/porter-config',
  workdir: '/porter-workdir',
  home: '/app/.porter',
  secrets: '/app/.porter/secrets',
  pullSecret: '/home/nonroot',
  projectedSecrets: '/porter-projected-secrets',
  keptValues: '/porter-kept-values',
} as const;

/** The volume through which Porter's agent hands a bundle its inputs. */
export const SHARED_VOLUME = 'porter-shared';

const PROJECTED = 'porter-projected-secrets';
const KEPT = 'porter-kept-values';

/** Volumes of an agent's Pod; names and places of the first four are upstream's. */
export function agentVolumes(run: AgentRun): Volume[] {
  const home = homeMount(run);
  return [
    ...(run.config.agent === 'Porter' ? [sharedVolume(run)] : []),
    files(run, 'porter-config', [
      { key: FILE_KEYS.config, path: FILE_KEYS.config },
      ...(run.ca === undefined ? [] : [{ key: FILE_KEYS.ca, path: FILE_KEYS.ca }]),
    ]),
    workdirVolume(run),
    ...(run.dockerConfig === undefined
      ? []
      : [files(run, 'img-pull-secret', [{ key: FILE_KEYS.dockerConfig, path: '.docker/config.json' }])]),
    ...(home === undefined ? [] : [{ name: home.name, emptyDir: {} }]),
    ...secretSources(run),
    ...((run.volumes ?? []) as Volume[]),
  ];
}

/** What the agent's own container sees. */
export function agentMounts(run: AgentRun): V1VolumeMount[] {
  const home = homeMount(run);
  return [
    ...(run.config.agent === 'Porter' ? [{ name: SHARED_VOLUME, mountPath: MOUNTS.shared }] : []),
    { name: 'porter-config', mountPath: MOUNTS.config },
    { name: 'porter-workdir', mountPath: MOUNTS.workdir },
    ...(run.dockerConfig === undefined
      ? []
      : [{ name: 'img-pull-secret', mountPath: MOUNTS.pullSecret, readOnly: true }]),
    ...(home === undefined ? [] : [home]),
    ...((run.volumeMounts ?? []) as V1VolumeMount[]),
  ];
}

/** What the side programs see: the agent's secrets, and where they come from. */
export function secretsMounts(run: AgentRun): V1VolumeMount[] {
  const home = homeMount(run);
  return [
    ...(home === undefined ? [] : [home]),
    ...secretSources(run).map(({ name }) => ({
      name,
      mountPath: name === KEPT ? MOUNTS.keptValues : MOUNTS.projectedSecrets,
      readOnly: true,
    })),
  ];
}

/** The built-in agent brings no home of its own; Porter's brings one, in which only secrets need a volume. */
function homeMount(run: AgentRun): V1VolumeMount | undefined {
  if (run.config.agent === 'BuiltIn') return { name: 'porter-home', mountPath: MOUNTS.home };
  return run.secrets === undefined ? undefined : { name: 'porter-secrets', mountPath: MOUNTS.secrets };
}

/** Goes with the Pod, and the credentials on it too. */
function sharedVolume({ config }: AgentRun): Volume {
  return {
    name: SHARED_VOLUME,
    ephemeral: {
      volumeClaimTemplate: {
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: config.volumeSize } },
          ...(config.storageClassName !== '' && { storageClassName: config.storageClassName }),
        },
      },
    },
  };
}

function workdirVolume(run: AgentRun): Volume {
  const items = Object.keys(run.documents).map((name) => ({ key: documentKey(name), path: name }));
  return items.length === 0 ? { name: 'porter-workdir', emptyDir: {} } : files(run, 'porter-workdir', items);
}

function secretSources({ secrets }: AgentRun): Volume[] {
  if (secrets === undefined) return [];
  const sources = secrets.files.map(({ secret, key, path }) => ({ secret: { name: secret, items: [{ key, path }] } }));
  return [
    ...(sources.length === 0 ? [] : [{ name: PROJECTED, projected: { sources } }]),
    ...(secrets.kept === undefined ? [] : [{ name: KEPT, secret: { secretName: secrets.kept, optional: true } }]),
  ];
}

function files(run: AgentRun, name: string, items: V1KeyToPath[]): Volume {
  return { name, secret: { secretName: run.names.files, optional: false, items } };
}
