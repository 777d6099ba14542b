import { inject, injectable } from 'inversify';
import type { PorterResourceStatus } from '../../../api/porter/v1/porter-resource-status.js';
import { AGENT_ACTIONS, CREDENTIAL_SETS, INSTALLATIONS, PARAMETER_SETS } from '../../../api/porter/v1/resources.js';
import { Reader } from '../../../runtime/cache/index.js';
import type { DeepReadonly, KubernetesJson, Resource } from '../../../runtime/client/index.js';
import { Metrics } from '../../../runtime/telemetry/index.js';
import { parentOf } from '../../agent-run/agent-action.js';

type Told = KubernetesJson & { status?: PorterResourceStatus };

/** Kinds whose status tells how the last run of each ended. */
const PARENTS: readonly Resource<Told>[] = [INSTALLATIONS, CREDENTIAL_SETS, PARAMETER_SETS];

/** Of how many objects nobody knows how their last run ended; told by what is in the cache, so that no crash loses it. */
@injectable()
export class OutcomeMetrics {
  private readonly unknown;

  constructor(
    @inject(Metrics) private readonly metrics: Metrics,
    @inject(Reader) private readonly reader: Reader,
  ) {
    this.unknown = metrics.gauge(
      'porterops_outcome_unknown',
      'Objects of whose last run nobody knows how it ended, by their kind; every replica shows all of them',
      ['kind'],
    );
  }

  /** From now on; the kinds must be watched. */
  show(): void {
    this.metrics.onScrape(() => this.measure());
  }

  private measure(): void {
    for (const resource of PARENTS)
      this.unknown.set({ kind: resource.kind }, this.reader.list(resource).filter(isUnknown).length);
    const own = this.reader.list(AGENT_ACTIONS).filter((action) => parentOf(action) === undefined);
    const lost = own.filter(({ status }) => status?.verdict?.result === 'Unknown');
    this.unknown.set({ kind: AGENT_ACTIONS.kind }, lost.length);
  }
}

function isUnknown({ status }: DeepReadonly<Told>): boolean {
  return status?.completed?.result === 'Unknown';
}
