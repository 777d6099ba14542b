import { inject, injectable } from 'inversify';
import type { PorterState } from '../../../integrations/porter/state/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { LaunchProblem } from '../../agent-run/launch/problem.js';
import { PorterStates } from '../../agent-run/state/porter-states.js';
import type { AgentExit } from './agent-exit.js';
import { isLive } from './agent-exit.js';
import { installationDocument } from './documents.js';
import { REVISION_ANNOTATION } from './indexes.js';
import type { Action, StoredJob } from './launch-facts.js';
import type { LastRun } from './snapshot.js';
import type { Evidence, RecordEvidence, RecordedRun } from './verdict.js';

/** What an ended run left. */
export interface EndedRun {
  readonly launch: Evidence['launch'];
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

  /** The installation's newest run before a launch; for any other command, whether the store that it needs answers. */
  async lastRun({ metadata, spec }: Action): Promise<LastRun> {
    const { installation } = spec;
    return this.asking<LastRun>(
      metadata.namespace,
      async (state) => {
        if (state === undefined) return {};
        if (installation !== undefined) {
          return { id: (await state.lastRun(installation.namespace, installation.name))?._id ?? '' };
        }
        await state.ping();
        return {};
      },
      (problem) => ({ problem }),
    );
  }

  /** Everything that {@link Evidence} wants. */
  async collect(action: Action, { launch, exit, bundleJobs }: EndedRun): Promise<Collected> {
    const { spec, metadata } = action;
    const evidence: Evidence = {
      launch,
      exit,
      revisions: bundleJobs.flatMap((job) => job.metadata.annotations?.[REVISION_ANNOTATION] ?? []),
      bundleIsLive: bundleJobs.some(isLive),
      args: spec.args ?? [],
      document: installationDocument(spec),
    };
    const { installation } = spec;
    const { lastRunId } = launch;
    if (installation === undefined || lastRunId === undefined) return { evidence };
    return this.asking<Collected>(
      metadata.namespace,
      async (state) => ({
        evidence: { ...evidence, records: state && (await recordsIn(state, installation, lastRunId)) },
      }),
      (evidenceProblem) => ({ evidenceProblem }),
    );
  }

  private async asking<T>(
    namespace: string | undefined,
    question: (state: PorterState | undefined) => Promise<T>,
    otherwise: (problem: LaunchProblem) => T,
  ): Promise<T> {
    try {
      return await this.states.ask(namespace ?? '', question);
    } catch (error) {
      if (!(error instanceof StateUnavailableError)) throw error;
      return otherwise({ reason: 'StateStoreUnavailable', message: error.message });
    }
  }
}

async function recordsIn(
  state: PorterState,
  { namespace, name }: { namespace: string; name: string },
  lastRunId: string,
): Promise<RecordEvidence> {
  const newer = await state.runsAfter(namespace, name, lastRunId);
  if (newer.length > 0) return { runs: await Promise.all(newer.map(async (run) => recordedRun(state, run))) };
  const installation = await state.installation(namespace, name);
  const { runId = '' } = installation?.status ?? {};
  const run = runId === '' || runId === lastRunId ? undefined : await state.run(runId);
  return { runs: [], installation, ...(run && { settled: await recordedRun(state, run) }) };
}

async function recordedRun(state: PorterState, run: RecordedRun['run']): Promise<RecordedRun> {
  const newest = (await state.results(run._id)).at(-1);
  const { _id, revision, action, created } = run;
  const result = newest && { status: newest.status, message: newest.message };
  return { run: { _id, revision, action, created }, ...(result && { result }) };
}
