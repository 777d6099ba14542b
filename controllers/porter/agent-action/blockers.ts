import { inject, injectable } from 'inversify';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import { LABELS } from '../../../api/porter/v1/well-known.js';
import { Reader } from '../../../runtime/cache/index.js';
import { JOBS, isOwnedBy } from '../../../runtime/client/index.js';
import { parentOf } from '../../agent-run/agent-action.js';
import { actionsFor } from '../../agent-run/by-parent.js';
import { BY_INSTALLATION, installationValue, isBundleJob } from './indexes.js';
import type { Action, StoredJob } from './launch-facts.js';
import { recordedLaunch, wantedRun } from './launch-facts.js';
import type { Blocker } from './snapshot.js';
import { isMadeFor } from './stage.js';
import { workerText, workersOn } from './workers.js';

/**
 * Lets one run at a time work on a Porter installation, since Porter itself does not. Status tells of runs that have
 * begun, also after a restart; claims tell of those that this process has begun and the cache may not show yet.
 */
@injectable()
export class Blockers {
  /** By installation, uid of the action that is about to begin on it. */
  private readonly claims = new Map<string, string>();

  constructor(@inject(Reader) private readonly reader: Reader) {}

  /** What a run that is due has to wait for, or what replaces it. */
  find(action: Action): Blocker | undefined {
    const successor = this.successorOf(action);
    return successor === undefined ? this.busy(action) : { kind: 'Superseded', by: successor.metadata.name };
  }

  /** What works on the action's installation: another action, or what one that is gone has left. */
  busy(action: Action): Blocker | undefined {
    const installation = installationValue(action);
    if (installation === undefined) return undefined;
    const other = this.reader
      .byIndex(AGENT_ACTIONS, BY_INSTALLATION, installation)
      .find((each) => each.metadata.uid !== action.metadata.uid && this.goesBefore(each, action, installation));
    return other === undefined ? this.leftover(action, installation) : busyWith(`AgentAction ${other.metadata.name}`);
  }

  /**
   * Says what is in the way, in one step with the claim when nothing is: then the installation is this action's until
   * the claim is released, and no other one can have it.
   */
  claim(action: Action): Blocker | undefined {
    const blocker = this.busy(action);
    const installation = installationValue(action);
    if (blocker === undefined && installation !== undefined) this.claims.set(installation, action.metadata.uid);
    return blocker;
  }

  /** The action does not begin after all, or has ended. */
  release(action: Action): void {
    const installation = installationValue(action) ?? '';
    if (this.claims.get(installation) === action.metadata.uid) this.claims.delete(installation);
  }

  /** Of two that have begun (which only two operators at once can bring about) the earlier one goes on. */
  private goesBefore(other: Action, action: Action, installation: string): boolean {
    if (!hasBegun(action)) return hasBegun(other) || this.claims.get(installation) === other.metadata.uid;
    return hasBegun(other) && rankOf(other) < rankOf(action);
  }

  private leftover(action: Action, installation: string): Blocker | undefined {
    const workers = workersOn(this.reader, installation);
    const own = this.reader.byIndex(JOBS, BY_INSTALLATION, installation).filter((job) => isOwn(job, action));
    const jobs = workers.jobs.filter((job) => !own.includes(job));
    const by = workerText({
      jobs,
      pods: workers.pods.filter((pod) => !own.some(({ metadata }) => isOwnedBy(pod, metadata.uid))),
    });
    if (by === undefined) return undefined;
    const [job] = jobs;
    return { ...busyWith(by), ...(job && isBundleJob(job) && { job }) };
  }

  /** An action of the same resource for a later generation of it. */
  private successorOf(action: Action): Action | undefined {
    const parent = parentOf(action);
    if (parent === undefined) return undefined;
    const { namespace } = action.metadata;
    const siblings = actionsFor(this.reader, { metadata: { namespace, uid: parent.uid } });
    return siblings.find((sibling) => parentGeneration(sibling) > parentGeneration(action));
  }
}

function busyWith(by: string): Blocker {
  return { kind: 'Busy', by };
}

function hasBegun({ status }: Action): boolean {
  return status?.startedAt !== undefined && status.verdict === undefined;
}

function rankOf({ status, metadata }: Action): string {
  return `${status?.startedAt}/${metadata.uid}`;
}

/** Whether the Job is the action's own, for the run that it is about to launch, and not for an earlier one. */
function isOwn(job: StoredJob, action: Action): boolean {
  const run = hasBegun(action) ? recordedLaunch(action.status) : undefined;
  return isOwnedBy(job, action.metadata.uid) && isMadeFor(job, run ?? wantedRun(action));
}

function parentGeneration({ metadata }: Action): number {
  return Number(metadata.labels?.[LABELS.resourceGeneration] ?? 0);
}
