import type { Installation, InstallationSpec, InstallationStatus } from '../../api/porter/v1/installation.js';
import { ANNOTATIONS } from '../../api/porter/v1/well-known.js';
import type { RunState } from '../../controllers/agent-run/run.js';
import { wantedRun } from '../../controllers/agent-run/wanted-run.js';
import { KIND, STEPS } from '../../controllers/porter/installation/desired.js';
import type { InstallationSnapshot } from '../../controllers/porter/installation/snapshot.js';
import type { InstallationRecord, ResultStatus, RunRecord } from '../../integrations/porter/state/index.js';
import type { Stored } from '../../runtime/client/index.js';

/** 2026-11-21T10:00:00Z. */
export const NOW = Date.UTC(2026, 10, 21, 10);

/** Says in sentences what an Installation and its surroundings look like to the decider. */
class SnapshotBuilder {
  private readonly object: Stored<Installation> = {
    metadata: {
      ...{ name: 'shop', namespace: 'team', uid: 'u-1', resourceVersion: '1', generation: 1 },
      creationTimestamp: '2026-11-21T09:00:00Z',
    },
    spec: {
      ...{ schemaVersion: '1.0.2', name: 'shop', namespace: 'prod' },
      bundle: { repository: 'reg.example/shop', version: '1.4.0' },
    },
  };
  private around: Partial<InstallationSnapshot> = {};

  ofGeneration(generation: number): this {
    this.object.metadata.generation = generation;
    return this;
  }

  beingDeleted(policy?: string): this {
    this.object.metadata.deletionTimestamp = '2026-11-21T09:59:00Z';
    return policy === undefined ? this : this.annotated(ANNOTATIONS.deletionPolicy, policy);
  }

  withRetry(value: string): this {
    return this.annotated(ANNOTATIONS.retry, value);
  }

  withSpec(spec: Partial<InstallationSpec>): this {
    Object.assign(this.object.spec, spec);
    return this;
  }

  withStatus(status: InstallationStatus): this {
    this.object.status = status;
    return this;
  }

  /** Status tells of a run that has ended. */
  completed(generation: number, result: 'Succeeded' | 'Failed' | 'NoOp' | 'Unknown', retry = ''): this {
    const completed = { generation, attempt: 1, result };
    return this.withStatus({ ...this.object.status, attempt: 1, retry, action: { name: 'shop-0' }, completed });
  }

  withRun(run: RunState): this {
    return this.with({ run, wasLaunched: true });
  }

  withRecord(record?: InstallationRecord): this {
    return this.with({ record: { kind: 'Read', installation: record, outputs: [] } });
  }

  /** The newest run on record, and its newest result. */
  withLastRun(record: InstallationRecord | undefined, lastResult?: ResultStatus, action = 'install'): this {
    const lastRun = { _id: '01R', action } as RunRecord;
    return this.with({ record: { kind: 'Read', installation: record, outputs: [], lastRun, lastResult } });
  }

  withReadySets(...secrets: string[]): this {
    return this.with({ sets: { kind: 'Ready', secrets } });
  }

  with(around: Partial<InstallationSnapshot>): this {
    this.around = { ...this.around, ...around };
    return this;
  }

  build(): InstallationSnapshot {
    const { object } = this;
    return {
      ...{ object, now: NOW, wanted: wantedRun(object, { kind: KIND, steps: STEPS, actions: [] }) },
      ...{ run: { phase: 'Absent' }, purge: { phase: 'Absent' }, upstream: [] },
      ...{ wasLaunched: object.status?.action !== undefined },
      ...{ isKindTerminating: false, isNamespaceTerminating: false },
      ...{ record: { kind: 'Unread' }, sets: { kind: 'Unread' } },
      ...this.around,
    };
  }

  private annotated(name: string, value: string): this {
    this.object.metadata.annotations = { ...this.object.metadata.annotations, [name]: value };
    return this;
  }
}

export function aSnapshot(): SnapshotBuilder {
  return new SnapshotBuilder();
}

/** Porter's record of the installation that {@link aSnapshot} declares. */
export function aRecord(
  status: Partial<InstallationRecord['status']> = {},
  fields: Partial<InstallationRecord> = {},
): InstallationRecord {
  return {
    ...{ schemaType: 'Installation', schemaVersion: '1.0.2', id: '01I', namespace: 'prod', name: 'shop' },
    bundle: { repository: 'reg.example/shop', version: '1.4.0' },
    parameters: { schemaVersion: '1.1.0', namespace: 'prod', name: 'internal', parameters: [], status: {} },
    status: {
      ...{ runId: '01R', action: 'install', resultId: '01S', resultStatus: 'succeeded', uninstalled: null },
      ...{ created: '2026-11-21T09:00:00Z', modified: '2026-11-21T09:00:00Z', installed: '2026-11-21T09:01:00Z' },
      ...{
        bundleReference: 'reg.example/shop:v1.4.0',
        bundleVersion: '1.4.0',
        bundleDigest: `sha256:${'0'.repeat(64)}`,
      },
      ...status,
    },
    ...fields,
  };
}

const RUN = { action: 'shop-1', attempt: 1, agent: 'BuiltIn', runId: '01R', source: 'StateStore' } as const;

export const pending: RunState = { phase: 'Pending', action: 'shop-1' };
export const running: RunState = { phase: 'Running', action: 'shop-1' };
export const stuck: RunState = { phase: 'Pending', action: 'shop-1', reason: 'ImagePullFailed', message: 'no image' };
export const succeeded: RunState = { phase: 'Succeeded', action: 'shop-1', run: RUN };
export const noOp: RunState = { phase: 'NoOp', action: 'shop-1', run: RUN };
export const failed: RunState = {
  ...{ phase: 'Failed', action: 'shop-1', run: RUN },
  ...{ reason: 'BundleFailed', message: 'told to fail', retryable: false },
};
export const unknown: RunState = {
  ...{ phase: 'Unknown', action: 'shop-1', run: RUN },
  ...{ reason: 'RunResultMissing', message: 'nobody knows' },
};
