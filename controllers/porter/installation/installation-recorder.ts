import { inject, injectable } from 'inversify';
import type { Installation } from '../../../api/porter/v1/installation.js';
import { isInstalled } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import { isRace, isTransient } from '../../../runtime/client/index.js';
import { EventRecorder, findCondition } from '../../../runtime/status/index.js';
import type { Explanation } from '../../../runtime/status/index.js';
import { InstallationOutputs } from '../installation-output/installation-outputs.js';
import { isSuccess } from '../lifecycle/run-view.js';
import type { InstallationDecision } from './decision.js';
import type { InstallationSnapshot, RecordView } from './snapshot.js';
import type { InstallationObserved } from './status.js';
import { adoptedChanges, endedChanges, settledChanges } from './status.js';
import { OUTPUTS_SHOWN, PARAMETERS_ACCEPTED, bundleOf, parametersWarning } from './warnings.js';

type Object = DeepReadonly<Stored<Installation>>;
type Read = RecordView & { kind: 'Read' };

/** A condition of the Installation that is there while something is wrong. */
interface Warning {
  readonly type: string;
  readonly found: Explanation | null;
  /** For the event. */
  readonly action: string;
}

/** Takes over what a run left on Porter's record: into status, outputs and warnings. */
@injectable()
export class InstallationRecorder {
  constructor(
    @inject(InstallationOutputs) private readonly outputs: InstallationOutputs,
    @inject(EventRecorder) private readonly events: EventRecorder,
  ) {}

  /** A run has ended, well or not. */
  async record(
    snapshot: InstallationSnapshot,
    ended: InstallationDecision & { action: 'RecordRun' },
  ): Promise<InstallationObserved> {
    const { object, record } = snapshot;
    const upstream = ended.run === snapshot.run ? { upstream: snapshot.upstream } : {};
    if (record.kind !== 'Read') return { changes: endedChanges(snapshot, ended, undefined), ...upstream };
    const isGood = isSuccess(ended.run.phase) && object.metadata.deletionTimestamp === undefined;
    const found = isGood ? await this.takeOver(snapshot, record) : {};
    return { changes: endedChanges(snapshot, ended, record.installation), ...found, ...upstream };
  }

  /** A finished run of this very spec is on record though status knows of none: a backup was restored, or a run forgotten. */
  async adopt(snapshot: InstallationSnapshot): Promise<InstallationObserved> {
    const { object, record, wanted } = snapshot;
    if (record.kind !== 'Read' || record.installation === undefined) return {};
    const found = await this.takeOver(snapshot, record);
    const message = `Run ${record.installation.status.runId} on Porter's record has already done what is declared: nothing was run.`;
    this.events.record(object, { type: 'Normal', reason: 'Adopted', message, action: 'Adopt' });
    return { changes: adoptedChanges(wanted, record.installation), ...found };
  }

  /** Uninstalled is wanted, and nothing is installed. */
  async noteNothing({ object, wanted }: InstallationSnapshot): Promise<InstallationObserved> {
    await this.outputs.remove(object);
    return { changes: settledChanges(wanted, 'NoOp'), outputs: null };
  }

  /** The outputs of a run that was taken over before, which could not be shown then. */
  async show({ object, now, record }: InstallationSnapshot): Promise<InstallationObserved> {
    if (record.kind === 'Read') return { outputs: await this.publish(object, record, now) };
    const { reason = '', message = '' } = findCondition(object.status?.conditions, OUTPUTS_SHOWN) ?? {};
    return { outputs: { reason, message } };
  }

  private async takeOver(
    { object, now }: InstallationSnapshot,
    record: Read,
  ): Promise<Pick<InstallationObserved, 'outputs' | 'parameters'>> {
    const outputs = await this.publish(object, record, now);
    const bundle = bundleOf(record.lastRun?.bundle);
    if (bundle === undefined) return { outputs };
    const parameters = parametersWarning(object.spec, bundle);
    this.warn(object, { type: PARAMETERS_ACCEPTED, found: parameters, action: 'CheckParameters' });
    return { outputs, parameters };
  }

  /** That outputs cannot be shown is no reason not to record the run; what passes soon is tried again with it. */
  private async publish(object: Object, record: Read, now: number): Promise<Explanation | null> {
    const { installation, lastRun, outputs } = record;
    try {
      if (!isInstalled(installation?.status)) await this.outputs.remove(object);
      else await this.outputs.publish(object, { outputs, bundle: bundleOf(lastRun?.bundle) }, now);
      return null;
    } catch (error) {
      if (isTransient(error) || isRace(error)) throw error;
      const cause = error instanceof Error ? error.message : String(error);
      const message = `The outputs of the last run are not shown: ${cause}. It is tried again by itself.`;
      const found = { reason: 'OutputsNotShown', message };
      this.warn(object, { type: OUTPUTS_SHOWN, found, action: 'PublishOutputs' });
      return found;
    }
  }

  /** Once for each new wording. */
  private warn(object: Object, { type, found, action }: Warning): void {
    const before = findCondition(object.status?.conditions, type);
    if (found === null || before?.message === found.message) return;
    this.events.record(object, { type: 'Warning', ...found, action });
  }
}
