import { inject, injectable } from 'inversify';
import type { AgentAction } from '../../../api/porter/v1/agent-action.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, ObjectKey, Stored } from '../../../runtime/client/index.js';
import { keyOf } from '../../../runtime/client/index.js';
import { AgentRuns } from '../../agent-run/agent-runs.js';
import { actionsFor } from '../../agent-run/by-parent.js';
import { PorterStates } from '../../agent-run/state/porter-states.js';
import type { WantedRun } from '../../agent-run/wanted-run.js';
import { wantedRun } from '../../agent-run/wanted-run.js';
import { isSettled, otherRun, upstreamConditions } from '../lifecycle/run-view.js';
import { Terminations } from '../lifecycle/terminations.js';
import { keeperOf } from '../porter-names/claim.js';
import { BY_PORTER_NAME, porterNameOf } from '../porter-names/indexes.js';
import { isUserOf } from '../porter-names/set-users.js';
import { decideSet } from './decide.js';
import { STEPS, applyRun, deleteRun } from './desired.js';
import { isForgotten, retryDelayMs } from './retries.js';
import type { PorterSet, SetKind, SetObject } from './set-kind.js';
import type { SetRecordView, SetSnapshot } from './snapshot.js';

/** Gathers what there is to know about a set; the store is only asked when the decision depends on it. */
@injectable()
export class SetObserver {
  constructor(
    @inject(AgentRuns) private readonly runs: AgentRuns,
    @inject(PorterStates) private readonly states: PorterStates,
    @inject(Terminations) private readonly terminations: Terminations,
  ) {}

  async observe<K extends PorterSet>(
    kind: SetKind<K>,
    object: SetObject<K>,
    at: { reader: Reader; now: number },
  ): Promise<SetSnapshot<K>> {
    let snapshot = this.fromCache(kind, object, at);
    const asks = (question: string) => decideSet(snapshot).action === question;
    if (asks('ConsultRecord')) snapshot = { ...snapshot, record: await this.record(kind, object) };
    if (asks('LaunchDelete')) {
      snapshot = { ...snapshot, ...(await this.terminations.current(kind.resource, object)) };
    }
    return snapshot;
  }

  private fromCache<K extends PorterSet>(
    kind: SetKind<K>,
    object: SetObject<K>,
    { reader, now }: { reader: Reader; now: number },
  ): SetSnapshot<K> {
    const actions = actionsFor(reader, object);
    const { wanted, run } = this.current(kind, object, { actions, now });
    const current = run.phase === 'Absent' ? undefined : run.action;
    return {
      ...{ object, now, wanted, run },
      other: otherRun(object, actions, [run]),
      wasLaunched: object.status?.action !== undefined || actions.length > 0,
      upstream: upstreamConditions(actions.find(({ metadata }) => metadata.name === current)?.status?.conditions),
      owner: ownerOf(kind, object, reader),
      users: kind
        .named(reader, object)
        .filter((user) => isUserOf(user, object))
        .map(({ metadata }) => metadata.name),
      ...this.terminations.known(kind.resource, object),
      record: { kind: 'Unread' },
    };
  }

  /** The run that is wanted now; after one that failed and that time may mend, the next attempt when its time has come. */
  private current<K extends PorterSet>(
    kind: SetKind<K>,
    object: SetObject<K>,
    { actions, now }: { actions: readonly DeepReadonly<Stored<AgentAction>>[]; now: number },
  ): Pick<SetSnapshot<K>, 'wanted' | 'run'> {
    const requestOf = object.metadata.deletionTimestamp === undefined ? applyRun : deleteRun;
    const viewOf = (wanted: WantedRun) => ({ wanted, run: this.runs.state(requestOf(kind, object, wanted)) });
    const asked = viewOf(wantedRun(object, { kind: kind.kind, steps: STEPS, actions }));
    const { completed } = object.status ?? {};
    if (!isSettled(completed, asked.wanted)) return asked;
    const isDue = retryDelayMs(asked.run, asked.wanted, now) === 0;
    if (!isDue && !isForgotten(asked.run, completed?.result, asked.wanted)) return asked;
    return viewOf({ ...asked.wanted, attempt: asked.wanted.attempt + 1 });
  }

  private async record<K extends PorterSet>(kind: SetKind<K>, object: SetObject<K>): Promise<SetRecordView> {
    try {
      return await this.states.ask<SetRecordView>(object.metadata.namespace ?? '', async (state) => {
        if (state === undefined) return { kind: 'NoStore' };
        return { kind: (await kind.isRecorded(state, object.spec)) ? 'Present' : 'Missing' };
      });
    } catch (error) {
      if (error instanceof StateUnavailableError) return { kind: 'Unavailable', message: error.message };
      throw error;
    }
  }
}

/** The first of those in this namespace that name the same set, if it is another one. */
function ownerOf<K extends PorterSet>(kind: SetKind<K>, object: SetObject<K>, reader: Reader): ObjectKey | undefined {
  const { metadata, spec } = object;
  const key = porterNameOf(metadata.namespace, spec.namespace, spec.name);
  const first = keeperOf(reader.byIndex(kind.resource, BY_PORTER_NAME, key), reader);
  return first === undefined || first.metadata.uid === metadata.uid ? undefined : keyOf(first);
}
