import { AGENT_ACTIONS, AGENT_CONFIGS, CREDENTIAL_SETS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../api/porter/v1/well-known.js';
import type { KubernetesJson, Resource, Stored } from '../../runtime/client/index.js';
import { aCredentialSet, anAgentConfig, anInstallation, aSecret, type Builder } from '../support/builders.js';
import { condition } from '../support/conditions.js';
import { eventually } from '../support/eventually.js';
import type { KubeApi } from '../support/kube-api.js';
import { fails, succeeds, type Play } from '../support/pod-plays.js';
import type { HeldRun } from '../support/pod-player.js';
import type { Seen } from './history.js';

/** What a workload may do; all of it in the namespace of its plan. */
export interface Stage {
  readonly api: KubeApi;
  readonly namespace: string;
  /** An object as it is now, without asking the server; without a name, any of that kind. */
  find(kind: string, name?: string): Seen | undefined;
  /** The generation that each object was given by people, by `<kind> <name>`. */
  readonly written: Map<string, number>;
  /** How long something may take under a fault, in milliseconds. */
  readonly patienceMs: number;
  /** What the next agent does; without it, it succeeds. */
  script(play: Play): void;
  /** The next agent goes on until it is told how to end. */
  hold(): HeldRun;
  /** Ends the operator in order and starts it again. */
  restartOperator(): Promise<void>;
}

/** Something that people do with the operator. */
export interface Workload {
  readonly name: string;
  /** What comes before, in peace. Resolves when all of it is at its end. */
  prepare?(stage: Stage): Promise<unknown>;
  /** What is disturbed. Resolves when it is at its end. */
  act(stage: Stage): Promise<unknown>;
}

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'install',
    act: install,
  },
  {
    name: 'upgrade',
    prepare: install,
    act: async (stage) => {
      await change(stage, INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
      await ready(stage, INSTALLATIONS, 'shop');
    },
  },
  {
    name: 'uninstall',
    prepare: install,
    act: async (stage) => {
      await change(stage, INSTALLATIONS, 'shop', { spec: { uninstalled: true } });
      await ready(stage, INSTALLATIONS, 'shop');
    },
  },
  {
    name: 'delete',
    prepare: install,
    act: async (stage) => {
      await remove(stage, INSTALLATIONS, 'shop');
      await gone(stage, INSTALLATIONS, 'shop');
    },
  },
  {
    name: 'delete-while-running',
    prepare: installing,
    act: async (stage) => {
      await remove(stage, INSTALLATIONS, 'shop');
      ends(stage);
      await gone(stage, INSTALLATIONS, 'shop');
    },
  },
  {
    name: 'retry',
    prepare: async (stage) => {
      stage.script(fails('told to fail'));
      await create(stage, anInstallation());
      await until(stage, 'Installation', 'shop', (shop) => condition(shop, 'Stalled')?.status === 'True');
    },
    act: async (stage) => {
      await change(stage, INSTALLATIONS, 'shop', { metadata: { annotations: { [ANNOTATIONS.retry]: 'one' } } });
      await ready(stage, INSTALLATIONS, 'shop');
    },
  },
  {
    name: 'configure',
    prepare: async (stage) => {
      await create(stage, aSecret('token').withValue('s3cret-canary'));
      await create(stage, anAgentConfig().with({ retryLimit: 1 }));
      await create(stage, aCredentialSet('aws').withCredential('token', 'token'));
      await create(stage, anInstallation().withCredentialSets('aws'));
      await ready(stage, INSTALLATIONS, 'shop');
      await ready(stage, CREDENTIAL_SETS, 'aws');
    },
    act: async (stage) => {
      await change(stage, AGENT_CONFIGS, 'default', { spec: { retryLimit: 2 } });
      const credentials = [{ name: 'key', source: { secret: 'token' } }];
      await change(stage, CREDENTIAL_SETS, 'aws', { spec: { credentials } });
      await change(stage, INSTALLATIONS, 'shop', { spec: { parameters: { name: 'two' } } });
      await Promise.all([ready(stage, CREDENTIAL_SETS, 'aws'), ready(stage, INSTALLATIONS, 'shop')]);
      await ready(stage, AGENT_CONFIGS, 'default');
    },
  },
  {
    name: 'operator-upgrade',
    prepare: installing,
    act: async (stage) => {
      await stage.restartOperator();
      ends(stage);
      await ready(stage, INSTALLATIONS, 'shop');
    },
  },
];

async function install(stage: Stage): Promise<void> {
  await create(stage, anInstallation());
  await ready(stage, INSTALLATIONS, 'shop');
}

/** The runs that are held, by namespace. */
const held = new Map<string, HeldRun>();

/** A run that the operator has seen begin. */
async function installing(stage: Stage): Promise<void> {
  const run = stage.hold();
  held.set(stage.namespace, run);
  await create(stage, anInstallation());
  await run.started();
  await eventually('the operator tells that the run goes on', () => {
    const action = stage.find(AGENT_ACTIONS.kind);
    return (action?.status as { phase?: string } | undefined)?.phase === 'Running';
  });
}

function ends({ namespace }: Stage): void {
  held.get(namespace)?.ends(succeeds());
  held.delete(namespace);
}

async function create<T extends KubernetesJson>(stage: Stage, builder: Builder<T>): Promise<void> {
  const { resource } = builder;
  note(stage, resource, await stage.api.create(resource, builder.inNamespace(stage.namespace).build()));
}

async function change(stage: Stage, resource: Resource, name: string, patch: object): Promise<void> {
  note(stage, resource, await stage.api.patch(resource, { namespace: stage.namespace, name }, patch));
}

function note({ written }: Stage, { kind }: Resource, { metadata }: Stored<KubernetesJson>): void {
  written.set(`${kind} ${metadata.name}`, metadata.generation ?? 1);
}

async function remove({ api, namespace }: Stage, resource: Resource, name: string): Promise<void> {
  await api.delete(resource, { namespace, name });
}

/** Ready is True for the generation that was written last. */
async function ready(stage: Stage, { kind }: Resource, name: string): Promise<void> {
  const wanted = stage.written.get(`${kind} ${name}`) ?? 1;
  await until(stage, kind, name, (object) => {
    const found = condition(object, 'Ready');
    return found?.status === 'True' && found.observedGeneration === wanted;
  });
}

async function until(stage: Stage, kind: string, name: string, check: (object: Seen) => boolean): Promise<void> {
  await eventually(
    `${kind} ${name} is as expected`,
    () => {
      const object = stage.find(kind, name);
      if (object === undefined || !check(object)) throw new Error(JSON.stringify(object?.status));
      return true;
    },
    stage.patienceMs,
  );
}

async function gone(stage: Stage, { kind }: Resource, name: string): Promise<void> {
  await eventually(`${kind} ${name} is gone`, () => stage.find(kind, name) === undefined, stage.patienceMs);
}
