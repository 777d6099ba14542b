import { inject, injectable } from 'inversify';
import type { CredentialSet, CredentialSetStatus } from '../../../api/porter/v1/credential-set.js';
import { FINALIZER } from '../../../api/porter/v1/well-known.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import type { WatchBuilder } from '../../../runtime/controller/index.js';
import { Reconciles } from '../../../runtime/controller/index.js';
import type { Acted, ObserveContext, ReconcileContext } from '../../../runtime/reconciler/index.js';
import { ReconcilerDeps } from '../../../runtime/reconciler/index.js';
import { AgentReconciler } from '../../agent-run/agent.reconciler.js';
import { AgentRuns } from '../../agent-run/agent-runs.js';
import { watchTerminations } from '../lifecycle/terminations.js';
import type { SetDecision } from '../porter-set/decide.js';
import { decideSet } from '../porter-set/decide.js';
import { SetObserver } from '../porter-set/observe.js';
import { SetActions } from '../porter-set/set-actions.js';
import { CREDENTIAL_SET } from '../porter-set/set-kind.js';
import type { SetSnapshot } from '../porter-set/snapshot.js';
import type { SetObserved } from '../porter-set/status.js';
import { describeSet } from '../porter-set/status.js';
import { watchNeighbours } from '../porter-set/watches.js';

/** Keeps a credential set in Porter as declared. */
@injectable()
@Reconciles(CREDENTIAL_SET.resource, { finalizer: FINALIZER })
export class CredentialSetReconciler extends AgentReconciler<
  CredentialSet,
  SetSnapshot<CredentialSet>,
  SetDecision,
  SetObserved
> {
  @inject(SetObserver) private readonly observer!: SetObserver;
  @inject(SetActions) private readonly actions!: SetActions;

  constructor(@inject(ReconcilerDeps) deps: ReconcilerDeps, @inject(AgentRuns) runs: AgentRuns) {
    super(deps, runs);
  }

  watch(on: WatchBuilder): void {
    this.watchRuns(on, CREDENTIAL_SET.kind);
    watchNeighbours(on, CREDENTIAL_SET);
    watchTerminations(on, CREDENTIAL_SET.resource);
  }

  observe(
    object: DeepReadonly<Stored<CredentialSet>>,
    reader: Reader,
    { now }: ObserveContext,
  ): Promise<SetSnapshot<CredentialSet>> {
    return this.observer.observe(CREDENTIAL_SET, object, { reader, now });
  }

  decide(snapshot: SetSnapshot<CredentialSet>): SetDecision {
    return decideSet(snapshot);
  }

  act(decision: SetDecision, { snapshot }: ReconcileContext<SetSnapshot<CredentialSet>>): Promise<Acted<SetObserved>> {
    return this.actions.act(CREDENTIAL_SET, decision, snapshot);
  }

  describeStatus(snapshot: SetSnapshot<CredentialSet>, acted: Acted<SetObserved>): CredentialSetStatus | undefined {
    return describeSet(snapshot, acted);
  }
}
