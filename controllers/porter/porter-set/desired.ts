import type { RunRequest } from '../../agent-run/run.js';
import type { WantedRun } from '../../agent-run/wanted-run.js';
import type { SetKind, SetObject } from './set-kind.js';

export const STEPS = ['apply', 'delete'] as const;

/** Makes Porter's record equal to the object. */
export function applyRun(kind: SetKind, object: SetObject, wanted: WantedRun): RunRequest {
  return {
    ...runOf(kind.kind, object, wanted),
    step: 'apply',
    args: kind.applyArgs,
    files: () => kind.files(object.spec),
  };
}

/** Removes Porter's record; not owned by the object, whose foreground deletion would otherwise collect it. */
export function deleteRun(kind: SetKind, object: SetObject, wanted: WantedRun): RunRequest {
  return {
    ...runOf(kind.kind, object, wanted),
    step: 'delete',
    args: kind.deleteArgs(object.spec),
    files: () => ({}),
    owned: false,
  };
}

function runOf(kind: SetKind['kind'], object: SetObject, wanted: WantedRun) {
  const { agentConfig } = object.spec;
  return {
    ...wanted,
    parent: object,
    parentKind: kind,
    agentConfig: agentConfig?.name === '' ? undefined : agentConfig?.name,
    labels: object.metadata.labels,
    owned: true,
  };
}
