import { inject, injectable } from 'inversify';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import { LABELS } from '../../../api/porter/v1/well-known.js';
import { Reader } from '../../../runtime/cache/index.js';
import { JOBS } from '../../../runtime/client/index.js';
import { parentOf } from '../../agent-run/agent-action.js';
import { BY_PARENT } from '../../agent-run/agent-runs.js';
import { isLive } from './agent-exit.js';
import { BY_INSTALLATION, installationValue, isBundleJob } from './indexes.js';
import type { Action } from './launch-facts.js';
import { speaksOf, wantedRun } from './launch-facts.js';
import type { Blocker } from './snapshot.js';

/**
 * Lets one run at a time work on a Porter installation, since Porter itself does not. The cache tells of runs that have
 * begun; claims tell of those that this process has begun and the cache may not show yet.
 */
@injectable()
export class Blockers {
  /** Uid of the action that claimed an installation last. */
  private readonly claims = new Map<string, string>();

  constructor(@inject(Reader) private readonly reader: Reader) {}

  /** What a run that is due has to wait for, or what replaces it. */
  find(action: Action): Blocker | undefined {
    const successor = this.successorOf(action);
    if (successor !== undefined) return { kind: 'Superseded', by: successor.metadata.name };
    const installation = installationValue(action);
    if (installation === undefined) return undefined;
    const other = this.reader
      .byIndex(AGENT_ACTIONS, BY_INSTALLATION, installation)
      .find((each) => each.metadata.uid !== action.metadata.uid && this.holds(each, installation));
    if (other !== undefined) return { kind: 'Busy', by: `AgentAction ${other.metadata.name}` };
    const job = this.reader
      .byIndex(JOBS, BY_INSTALLATION, installation)
      .find((each) => isBundleJob(each) && isLive(each));
    return job === undefined ? undefined : { kind: 'Busy', by: `Job ${job.metadata.name}`, job };
  }

  /** From now on the installation is this action's, until it ends or is deleted. */
  claim(action: Action): void {
    const installation = installationValue(action);
    if (installation !== undefined) this.claims.set(installation, action.metadata.uid);
  }

  private holds(other: Action, installation: string): boolean {
    const { status } = other;
    if (status?.startedAt !== undefined && status.verdict === undefined) return true;
    const hasEnded = status?.verdict !== undefined && speaksOf(status, wantedRun(other));
    return !hasEnded && this.claims.get(installation) === other.metadata.uid;
  }

  /** An action of the same resource for a later generation of it. */
  private successorOf(action: Action): Action | undefined {
    const parent = parentOf(action);
    if (parent === undefined) return undefined;
    const siblings = this.reader.byIndex(AGENT_ACTIONS, BY_PARENT, parent.uid);
    return siblings.find((sibling) => parentGeneration(sibling) > parentGeneration(action));
  }
}

function parentGeneration({ metadata }: Action): number {
  return Number(metadata.labels?.[LABELS.resourceGeneration] ?? 0);
}
