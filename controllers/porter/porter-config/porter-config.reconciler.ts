import { inject, injectable } from 'inversify';
import type { PorterConfig, PorterConfigStatus } from '../../../api/porter/v1/porter-config.js';
import { porterConfigProblems } from '../../../api/porter/v1/porter-config.rules.js';
import { PORTER_CONFIGS } from '../../../api/porter/v1/resources.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import { Reconciles } from '../../../runtime/controller/index.js';
import type { Acted, ObserveContext, Outcome, Snapshot } from '../../../runtime/reconciler/index.js';
import { Reconciler, ReconcilerDeps, done, stalled } from '../../../runtime/reconciler/index.js';
import { problemText } from '../../../runtime/schema/index.js';
import { kstatusConditions } from '../../../runtime/status/index.js';

type Decision = { readonly action: 'Accept' } | { readonly action: 'Refuse'; readonly message: string };

/** Tells whether a PorterConfig makes sense by itself; it is used as it is either way. */
@injectable()
@Reconciles(PORTER_CONFIGS, { events: 'warnings' })
export class PorterConfigReconciler extends Reconciler<PorterConfig, Snapshot<PorterConfig>, Decision, undefined> {
  constructor(@inject(ReconcilerDeps) deps: ReconcilerDeps) {
    super(deps);
  }

  override watch(): void {
    // Nothing else matters to it.
  }

  override observe(
    object: DeepReadonly<Stored<PorterConfig>>,
    _reader: Reader,
    { now }: ObserveContext,
  ): Promise<Snapshot<PorterConfig>> {
    return Promise.resolve({ object, now });
  }

  override decide({ object }: Snapshot<PorterConfig>): Decision {
    const message = problemText(porterConfigProblems(object.spec ?? {}));
    return message === undefined ? { action: 'Accept' } : { action: 'Refuse', message };
  }

  override act(decision: Decision): Promise<Acted<undefined>> {
    const outcome: Outcome = decision.action === 'Accept' ? done() : stalled('InvalidSpec', decision.message);
    return Promise.resolve({ outcome, observed: undefined });
  }

  override describeStatus({ object, now }: Snapshot<PorterConfig>, { outcome }: Acted<undefined>): PorterConfigStatus {
    const { generation } = object.metadata;
    const ready =
      outcome.kind === 'done' ? { reason: 'Configured', message: 'The configuration can be used.' } : undefined;
    const previous = object.status?.conditions;
    return {
      observedGeneration: generation,
      conditions: kstatusConditions({ outcome, generation, now, previous, ready }),
    };
  }
}
