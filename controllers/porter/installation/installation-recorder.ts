import { inject, injectable } from 'inversify';
import type { Installation } from '../../../api/porter/v1/installation.js';
import { isInstalled } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import { isRace, isTransient } from '../../../runtime/client/index.js';
import { EventRecorder, findCondition } from '../../../runtime/status/index.js';
import type { Explanation } from '../../../runtime/status/index.js';
import { InstallationOutputs } from '../installation-output/installation-outputs.js';
import type { OutputSource } from '../installation-output/outputs.js';
import { isSuccess } from '../lifecycle/run-view.js';
import type { InstallationDecision } from './decision.js';
import type { InstallationSnapshot, RecordView } from './snapshot.js';
import type { InstallationObserved } from './status.js';
import { adoptedChanges, endedChanges, settledChanges } from './status.js';
import { PARAMETERS_ACCEPTED, bundleOf, parametersWarning } from './warnings.js';

type Object = DeepReadonly<Stored<Installation>>;
type Read = RecordView & { kind: 'Read' };

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
    const parameters = isGood ? await this.takeOver(snapshot, record) : undefined;
    return { changes: endedChanges(snapshot, ended, record.installation), parameters, ...upstream };
  }

  /** A finished run of this very spec is on record though status knows of none: a backup was restored, or a run forgotten. */
  async adopt(snapshot: InstallationSnapshot): Promise<InstallationObserved> {
    const { object, record, wanted } = snapshot;
    if (record.kind !== 'Read' || record.installation === undefined) return {};
    const parameters = await this.takeOver(snapshot, record);
    const message = `Run ${record.installation.status.runId} on Porter's record has already done what is declared: nothing was run.`;
    this.events.record(object, { type: 'Normal', reason: 'Adopted', message, action: 'Adopt' });
    return { changes: adoptedChanges(wanted, record.installation), parameters };
  }

  /** Uninstalled is wanted, and nothing is installed. */
  async noteNothing({ object, wanted }: InstallationSnapshot): Promise<InstallationObserved> {
    await this.outputs.remove(object);
    return { changes: settledChanges(wanted, 'NoOp') };
  }

  private async takeOver({ object, now }: InstallationSnapshot, record: Read): Promise<Explanation | null | undefined> {
    const bundle = bundleOf(record.lastRun?.bundle);
    if (!isInstalled(record.installation?.status)) await this.outputs.remove(object);
    else await this.publish(object, { outputs: record.outputs, bundle }, now);
    if (bundle === undefined) return undefined;
    const warning = parametersWarning(object.spec, bundle);
    this.warn(object, warning);
    return warning;
  }

  /** That outputs cannot be shown is no reason not to record the run; what time may mend is tried again with it. */
  private async publish(object: Object, source: Omit<OutputSource, 'valuesSecret'>, now: number): Promise<void> {
    try {
      await this.outputs.publish(object, source, now);
    } catch (error) {
      if (isTransient(error) || isRace(error)) throw error;
      const message = `The outputs of the last run are not shown: ${error instanceof Error ? error.message : String(error)}`;
      this.events.record(object, { type: 'Warning', reason: 'OutputsNotShown', message, action: 'PublishOutputs' });
    }
  }

  /** Once for each new wording. */
  private warn(object: Object, warning: Explanation | null): void {
    const before = findCondition(object.status?.conditions, PARAMETERS_ACCEPTED);
    if (warning === null || before?.message === warning.message) return;
    this.events.record(object, { type: 'Warning', ...warning, action: 'CheckParameters' });
  }
}
