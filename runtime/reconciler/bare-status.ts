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

function explanationOf(error: Error): { reason: string; message: string } {
  return { reason: error instanceof ApiError ? error.reason : 'Failed', message: error.message };
}
