import type { Installation } from '../../../api/porter/v1/installation.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import type { Outcome } from '../../../runtime/reconciler/index.js';
import { assertNever, stalled, wait } from '../../../runtime/reconciler/index.js';
import { policyAdvice } from '../lifecycle/advice.js';
import type { InstallationDecision } from './decision.js';
import { NAMESPACE_HELD, SUSPENDED, working, yielding } from './sentences.js';

/** Decisions to do nothing now, and to say why. */
export type Waiting = InstallationDecision & {
  action:
    | 'YieldToOwner'
    | 'RefuseSpec'
    | 'RefusePolicy'
    | 'HoldForNamespace'
    | 'StaySuspended'
    | 'AwaitStore'
    | 'AwaitSets'
    | 'AwaitWorker';
};

/** How soon a store that did not answer is asked again. */
const STORE_RECHECK_MS = 5_000;
/** Sets may also be made with Porter's own command line, which wakes nobody. */
const SETS_RECHECK_MS = 30_000;
/** Jobs and Pods wake the AgentAction that they were made for, which may be gone. */
const WORKER_RECHECK_MS = 5_000;

/** Pure. */
export function outcomeOfWaiting(object: DeepReadonly<Installation>, decision: Waiting): Outcome {
  switch (decision.action) {
    case 'YieldToOwner':
      return stalled('ConflictingOwner', yielding(object, decision.owner));
    case 'RefuseSpec':
      return stalled('InvalidSpec', decision.message);
    case 'RefusePolicy':
      return stalled('DeletionPolicyInvalid', policyAdvice(decision.value));
    case 'HoldForNamespace':
      return stalled('NamespaceTerminating', NAMESPACE_HELD);
    case 'StaySuspended':
      return wait('Suspended', SUSPENDED);
    case 'AwaitStore':
      return wait('StateStoreUnavailable', decision.message, { afterMs: STORE_RECHECK_MS });
    case 'AwaitSets':
      return wait(decision.reason, decision.message, { afterMs: SETS_RECHECK_MS });
    case 'AwaitWorker':
      return wait('RunInProgress', working(decision.worker.name), { afterMs: WORKER_RECHECK_MS });
    default:
      return assertNever(decision);
  }
}
