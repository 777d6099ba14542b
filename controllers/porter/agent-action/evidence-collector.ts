import { inject, injectable } from 'inversify';
import type { PorterState } from '../../../integrations/porter/state/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { LaunchProblem } from '../../agent-run/launch/problem.js';
import { PorterStates } from '../../agent-run/state/porter-states.js';
import type { AgentExit } from './agent-exit.js';
import { isLive } from './agent-exit.js';
import { installationDocument } from './documents.js';
import { REVISION_ANNOTATION } from './indexes.js';
import type { Action, LaunchFacts, StoredJob } from './launch-facts.js';
import type { LastRun } from './snapshot.js';
import type { Evidence, RecordEvidence, RecordedRun } from './verdict.js';

/** What an ended run left. */
export interface EndedRun {
  readonly launch: LaunchFacts;
  readonly exit?: AgentExit;
  readonly bundleJobs: readonly StoredJob[];
}

/** Evidence, or why it cannot be had now. */
export type Collected =
  | { readonly evidence: Evidence; readonly evidenceProblem?: undefined }
  | { readonly evidence?: undefined; readonly evidenceProblem: LaunchProblem };

/** Reads in Porter's records what a verdict needs. */
@injectable()
export class EvidenceCollector {
  constructor(@inject(PorterStates) private readonly states: PorterStates) {}

  /** The installation's newest run before a launch. */
  async lastRun({ metadata, spec }: Action): Promise<LastRun> {
    const { installation } = spec;
    if (installation === undefined) return {};
    return this.asking<LastRun>(
      async () => {
        const state = await this.states.of(metadata.namespace ?? '');
        if (state === undefined) return {};
        return { id: (await state.lastRun(installation.namespace, installation.name))?._id ?? '' };
      },
      (problem) => ({ problem }),
    );
  }

  /** Everything that {@link Evidence} wants. */
  async collect(action: Action, { launch, exit, bundleJobs }: EndedRun): Promise<Collected> {
    const { spec, metadata } = action;
    return this.asking<Collected>(
      async () => ({
        evidence: {
          launch,
          exit,
          records: await this.records(metadata.namespace ?? '', action, launch),
          revisions: bundleJobs.flatMap((job) => job.metadata.annotations?.[REVISION_ANNOTATION] ?? []),
          bundleIsLive: bundleJobs.some(isLive),
          args: spec.args ?? [],
          document: installationDocument(spec),
        },
      }),
      (evidenceProblem) => ({ evidenceProblem }),
    );
  }

  private async records(
    kubernetesNamespace: string,
    { spec }: Action,
    { lastRunId }: LaunchFacts,
  ): Promise<RecordEvidence | undefined> {
    if (spec.installation === undefined || lastRunId === undefined) return undefined;
    const state = await this.states.of(kubernetesNamespace);
    if (state === undefined) return undefined;
    const { namespace, name } = spec.installation;
    const newer = await state.runsAfter(namespace, name, lastRunId);
    if (newer.length === 0) return { runs: [], installation: await state.installation(namespace, name) };
    return { runs: await Promise.all(newer.map(async (run) => recordedRun(state, run))) };
  }

  private async asking<T>(ask: () => Promise<T>, otherwise: (problem: LaunchProblem) => T): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StateUnavailableError)) throw error;
      return otherwise({ reason: 'StateStoreUnavailable', message: error.message });
    }
  }
}

async function recordedRun(state: PorterState, run: RecordedRun['run']): Promise<RecordedRun> {
  const newest = (await state.results(run._id)).at(-1);
  const { _id, revision, action, created } = run;
  const result = newest && { status: newest.status, message: newest.message };
  return { run: { _id, revision, action, created }, ...(result && { result }) };
}
