import type { Db, Document } from 'mongodb';
import type { AgentAction } from '../../api/porter/v1/agent-action.js';
import type { Installation } from '../../api/porter/v1/installation.js';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { childName } from '../../controllers/agent-run/child-name.js';
import { KIND } from '../../controllers/porter/installation/desired.js';
import { newRecordId } from '../../integrations/porter/state/record-id.js';
import type { KubernetesJson, Resource, Stored } from '../../runtime/client/index.js';
import type { KubeApi } from '../support/kube-api.js';
import type { Records } from '../support/records.js';
import { atOnce } from './rig.js';

const RECORDS = ['installations', 'runs', 'results', 'outputs'] as const;
const RECORDS_AT_ONCE = 50;

/** What is replaced by what in the text of an object. */
type Replacements = ReadonlyMap<string, string>;

/**
 * Copies of an Installation that the operator itself brought to rest: with the AgentAction, the statuses and Porter's records
 * as they were written for it, under names, uids and ids of their own. To run each of thousands would take half an hour.
 */
export class Copies {
  private constructor(
    private readonly api: KubeApi,
    private readonly state: Db,
    private readonly installation: Stored<Installation>,
    private readonly action: Stored<AgentAction>,
    private readonly records: ReadonlyMap<string, Document[]>,
  ) {}

  /** @param namespace where the one Installation is; the copies will be beside it */
  static async of(api: KubeApi, records: Records, namespace: string): Promise<Copies> {
    const [installation, ...others] = await api.list(INSTALLATIONS, { namespace });
    const [action, ...moreActions] = await api.list(AGENT_ACTIONS, { namespace });
    if (installation === undefined || action === undefined || others.length + moreActions.length > 0) {
      throw new Error(`there must be one Installation with one AgentAction in ${namespace}`);
    }
    const state = records.tenant(namespace);
    const found = new Map<string, Document[]>();
    for (const collection of RECORDS) found.set(collection, await state.collection(collection).find().toArray());
    return new Copies(api, state, installation, action, found);
  }

  /** As many copies as are asked for. */
  async make(count: number): Promise<void> {
    const ids: Replacements[] = [];
    await atOnce(count, async (number) => {
      ids.push(await this.copy(`${this.installation.metadata.name}-${number}`));
    });
    await atOnce(Math.ceil(count / RECORDS_AT_ONCE), (number) =>
      this.record(ids.slice((number - 1) * RECORDS_AT_ONCE, number * RECORDS_AT_ONCE)),
    );
  }

  private async copy(name: string): Promise<Replacements> {
    const { metadata } = this.installation;
    const replacements = new Map([[metadata.name, name], ...this.newIds()]);
    const installation = await this.api.create(INSTALLATIONS, bare(renamed(this.installation, replacements)));
    const { uid } = installation.metadata;
    replacements.set(metadata.uid, uid).set(this.action.metadata.name, this.actionName(name, uid));
    const action = await this.api.create(AGENT_ACTIONS, bare(renamed(this.action, replacements)));
    replacements.set(this.action.metadata.uid, action.metadata.uid);
    await this.writeStatus(AGENT_ACTIONS, renamed(this.action, replacements));
    await this.writeStatus(INSTALLATIONS, renamed(this.installation, replacements));
    return replacements;
  }

  private actionName(name: string, uid: string): string {
    return childName(name, { kind: KIND, uid, generation: 1, attempt: 1, step: 'apply' });
  }

  /** A new one for each id of Porter's that occurs in the records. */
  private newIds(): [string, string][] {
    const text = JSON.stringify([...this.records.values()]);
    return [...new Set(text.match(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g))].map((id) => [id, newRecordId()]);
  }

  private async writeStatus<T extends KubernetesJson & { status?: object }>(resource: Resource<T>, object: T) {
    const { namespace, name } = object.metadata;
    await this.api.patchStatus(resource, { namespace, name }, { status: object.status });
  }

  private async record(copies: readonly Replacements[]): Promise<void> {
    for (const [collection, documents] of this.records) {
      const copied = copies.flatMap((ids) => documents.map((document) => renamed(withOwnId(document), ids)));
      if (copied.length > 0) await this.state.collection(collection).insertMany(copied);
    }
  }
}

/** In one go, since what is put in may contain what is replaced; longer texts first, since one can be part of another. */
function renamed<T>(object: T, replacements: Replacements): T {
  const ordered = [...replacements.keys()].toSorted((one, other) => other.length - one.length);
  const text = JSON.stringify(object).replace(
    new RegExp(ordered.join('|'), 'g'),
    (from) => replacements.get(from) ?? from,
  );
  return JSON.parse(text) as T;
}

/** Ids that the driver made are made anew; Porter's own are texts. */
function withOwnId({ _id, ...document }: Document): Document {
  return typeof _id === 'string' ? { _id, ...document } : document;
}

/** As it is created: without what the server or the status subresource writes. */
function bare<T extends KubernetesJson & { status?: unknown }>(object: T): T {
  const { namespace, name, labels, annotations, finalizers, ownerReferences } = object.metadata;
  const { status: _status, ...rest } = object;
  return { ...rest, metadata: { namespace, name, labels, annotations, finalizers, ownerReferences } } as T;
}
