import type { DeepReadonly, KubernetesJson } from '../client/index.js';
import { ApiError } from '../client/index.js';
import type { Condition } from '../status/index.js';
import { kstatusConditions, mergeConditions } from '../status/index.js';
import type { Outcome } from './outcome.js';

type WithConditions = { readonly status?: { readonly conditions?: DeepReadonly<Condition[]> } };

/** The conditions of any kind's object. */
export function conditionsOf(object: object): DeepReadonly<Condition[]> | undefined {
  return (object as WithConditions).status?.conditions;
}

/** The status an object has, with the three conditions that any outcome has. */
export function statusOfOutcome(object: DeepReadonly<KubernetesJson>, outcome: Outcome, now: number): object {
  const { status } = object as WithConditions;
  const previous = status?.conditions;
  const { generation } = object.metadata;
  const ready = outcome.kind === 'retry' ? explanationOf(outcome.error) : undefined;
  const conditions = kstatusConditions({ outcome, generation, now, previous, ready });
  return { ...status, conditions: mergeConditions(previous, conditions) };
}

/** As the API demands it of a condition; a webhook that refuses something may give any text as its reason. */
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]{0,1022}[A-Za-z0-9_])?$/;

function explanationOf(error: Error): { reason: string; message: string } {
  const reason = error instanceof ApiError && REASON.test(error.reason) ? error.reason : 'Failed';
  return { reason, message: error.message };
}
