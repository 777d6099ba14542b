import { inject, injectable } from 'inversify';
import type { PorterState } from '../../../integrations/porter/state/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import { Clock } from '../../../runtime/clock/index.js';
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

/** A store that did not answer is left alone this long, so that waiting for it does not occupy all workers. */
const REST_MS = 10_000;

/** Reads in Porter's records what a verdict needs. */
@injectable()
export class EvidenceCollector {
  /** By server: what to say, and until when. */
  private readonly absent = new Map<string, { readonly problem: LaunchProblem; readonly until: number }>();

  constructor(
    @inject(PorterStates) private readonly states: PorterStates,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  /** The installation's newest run before a launch. */
  async lastRun({ metadata, spec }: Action): Promise<LastRun> {
    const { installation } = spec;
    if (installation === undefined) return {};
    const { namespace = '' } = metadata;
    return this.asking<LastRun>(
      namespace,
      async () => {
        const state = await this.states.of(namespace);
        if (state === undefined) return {};
        return { id: (await state.lastRun(installation.namespace, installation.name))?._id ?? '' };
      },
      (problem) => ({ problem }),
    );
  }

  /** Everything that {@link Evidence} wants. */
  async collect(action: Action, { launch, exit, bundleJobs }: EndedRun): Promise<Collected> {
    const { spec, metadata } = action;
    const { namespace = '' } = metadata;
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
      namespace,
      async () => ({ evidence: { ...evidence, records: await this.records(namespace, installation, lastRunId) } }),
      (evidenceProblem) => ({ evidenceProblem }),
    );
  }

  private async records(
    kubernetesNamespace: string,
    { namespace, name }: { namespace: string; name: string },
    lastRunId: string,
  ): Promise<RecordEvidence | undefined> {
    const state = await this.states.of(kubernetesNamespace);
    if (state === undefined) return undefined;
    const newer = await state.runsAfter(namespace, name, lastRunId);
    if (newer.length === 0) return { runs: [], installation: await state.installation(namespace, name) };
    return { runs: await Promise.all(newer.map(async (run) => recordedRun(state, run))) };
  }

  private async asking<T>(
    namespace: string,
    ask: () => Promise<T>,
    otherwise: (problem: LaunchProblem) => T,
  ): Promise<T> {
    const server = this.states.serverOf(namespace);
    const known = this.absent.get(server);
    if (known !== undefined && known.until > this.clock.now()) return otherwise(known.problem);
    this.absent.delete(server);
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StateUnavailableError)) throw error;
      const problem = { reason: 'StateStoreUnavailable', message: error.message };
      this.absent.set(server, { problem, until: this.clock.now() + REST_MS });
      return otherwise(problem);
    }
  }
}

async function recordedRun(state: PorterState, run: RecordedRun['run']): Promise<RecordedRun> {
  const newest = (await state.results(run._id)).at(-1);
  const { _id, revision, action, created } = run;
  const result = newest && { status: newest.status, message: newest.message };
  return { run: { _id, revision, action, created }, ...(result && { result }) };
}
