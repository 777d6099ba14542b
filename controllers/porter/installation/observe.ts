import { inject, injectable } from 'inversify';
import type { AgentAction, AgentActionStatus } from '../../../api/porter/v1/agent-action.js';
import type { Installation } from '../../../api/porter/v1/installation.js';
import { INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, ObjectKey, Stored } from '../../../runtime/client/index.js';
import { keyOf } from '../../../runtime/client/index.js';
import type { LostRun, RunState } from '../../agent-run/run.js';
import { AgentRuns } from '../../agent-run/agent-runs.js';
import { actionsFor } from '../../agent-run/by-parent.js';
import { wantedRun } from '../../agent-run/wanted-run.js';
import { otherRun, upstreamConditions } from '../lifecycle/run-view.js';
import { Terminations } from '../lifecycle/terminations.js';
import { keeperOf } from '../porter-names/claim.js';
import { BY_PORTER_INSTALLATION, porterInstallationOf } from '../porter-names/indexes.js';
import { isUnownedBundleJob, workplaceOf } from '../agent-action/indexes.js';
import type { StoredJob } from '../agent-action/launch-facts.js';
import { workerText, workersOn } from '../agent-action/workers.js';
import { decideInstallation } from './decide.js';
import { KIND, STEPS, applyRun, purgeRun, uninstallRun } from './desired.js';
import { lostRunOf } from './last-run.js';
import { PorterRecords } from './porter-records.js';
import { SetLookup } from './sets.js';
import type { InstallationSnapshot, Worker } from './snapshot.js';

type Object = DeepReadonly<Stored<Installation>>;

/** Gathers what there is to know about an Installation; the store is only asked when the decision depends on it. */
@injectable()
export class InstallationObserver {
  constructor(
    @inject(AgentRuns) private readonly runs: AgentRuns,
    @inject(PorterRecords) private readonly records: PorterRecords,
    @inject(SetLookup) private readonly sets: SetLookup,
    @inject(Terminations) private readonly terminations: Terminations,
  ) {}

  async observe(object: Object, reader: Reader, now: number): Promise<InstallationSnapshot> {
    let snapshot = this.fromCache(object, reader, now);
    const asks = (question: string) => decideInstallation(snapshot).action === question;
    if (asks('ConsultRecord')) snapshot = { ...snapshot, record: await this.records.read(object) };
    if (asks('LookUpSets')) snapshot = { ...snapshot, sets: await this.sets.lookUp(object, reader) };
    if (asks('LaunchUninstall')) {
      snapshot = { ...snapshot, ...(await this.terminations.current(INSTALLATIONS, object)) };
    }
    return snapshot;
  }

  private fromCache(object: Object, reader: Reader, now: number): InstallationSnapshot {
    const actions = actionsFor(reader, object);
    const wanted = wantedRun(object, { kind: KIND, steps: STEPS, actions });
    const isDeleting = object.metadata.deletionTimestamp !== undefined;
    const request = isDeleting ? uninstallRun(object, wanted) : applyRun(object, wanted);
    const run = this.runs.state(request);
    const purge = this.runs.state(purgeRun(object, wanted));
    return {
      ...{ object, now, wanted, run, purge },
      lost: lostRunOf({ object, wanted }, run, this.runs.nameOf(request)),
      ...(isDeleting && { worker: workerOn(object, reader) }),
      other: otherRun(object, actions, [run, purge], isApply),
      wasLaunched: object.status?.action !== undefined || actions.length > 0,
      upstream: upstreamConditions(statusOf(actions, run)?.conditions),
      launched: launchedOf(statusOf(actions, run)),
      owner: this.ownerOf(object, reader),
      ...this.terminations.known(INSTALLATIONS, object),
      record: { kind: 'Unread' },
      sets: { kind: 'Unread' },
    };
  }

  /** The first of those that name the same installation in the same store, if it is another one. */
  private ownerOf(object: Object, reader: Reader): ObjectKey | undefined {
    const tenant = this.records.tenantOf(object.metadata.namespace ?? '');
    const claimants = reader
      .byIndex(INSTALLATIONS, BY_PORTER_INSTALLATION, porterInstallationOf(object))
      .filter(({ metadata }) => this.records.tenantOf(metadata.namespace ?? '') === tenant);
    const first = keeperOf(claimants, reader);
    return first === undefined || first.metadata.uid === object.metadata.uid ? undefined : keyOf(first);
  }
}

/** What is left at work when the AgentActions of the object have been collected, as foreground deletion does. */
function workerOn({ metadata, spec }: Object, reader: Reader): Worker | undefined {
  const workers = workersOn(reader, workplaceOf(metadata.namespace, spec));
  const name = workerText(workers);
  return name === undefined ? undefined : { name, endless: workers.jobs.filter(isEndless) };
}

function isEndless(job: StoredJob): boolean {
  return isUnownedBundleJob(job) && job.spec?.activeDeadlineSeconds === undefined;
}

/** Removing the record is a means; its end is no end of a run. */
function isApply({ spec }: DeepReadonly<AgentAction>): boolean {
  return spec.args?.[1] !== 'delete';
}

type ActionStatus = DeepReadonly<AgentActionStatus>;

function statusOf(actions: readonly DeepReadonly<Stored<AgentAction>>[], run: RunState): ActionStatus | undefined {
  if (run.phase === 'Absent') return undefined;
  return actions.find(({ metadata }) => metadata.name === run.action)?.status;
}

function launchedOf({ startedAt, lastRunId }: ActionStatus = {}): LostRun | undefined {
  return startedAt === undefined ? undefined : { startedAt, ...(lastRunId !== undefined && { lastRunId }) };
}
