import { randomInt } from 'node:crypto';
import type { Bundle } from '../../../integrations/porter/index.js';
import {
  actionOf,
  appliesTo,
  parameterText,
  typedValue,
  definitionOf,
  entryOf,
} from '../../../integrations/porter/index.js';
import type { InstallationRecord, PorterState, RunRecord } from '../../../integrations/porter/state/index.js';
import type { AgentLog } from '../agent-log.js';
import type { BundleValues } from '../bundle/bundle-values.js';
import type { ResolvedBundle } from '../bundle/resolved-bundle.js';
import type { ValueSources } from '../bundle/value-sources.js';
import type { Deadline } from '../deadline.js';
import { AgentFailure, messageOf } from '../failure.js';
import type { BundleJobs } from '../run/bundle-jobs.js';
import { waitingIds, type BundleRunner } from '../run/bundle-runner.js';
import type { OtherRuns } from '../run/other-runs.js';
import { ANNOTATIONS, claimText, idsOf, type RunIds } from '../run/run-claim.js';
import { claimOf } from '../run/run-records.js';
import type { RunFacts } from './difference.js';

/** What an action is to be run with. */
export interface ActionRequest {
  /** As it is to be recorded, but for its inline parameters. */
  readonly installation: InstallationRecord;
  readonly action: string;
  /** Id of the installation's last run when this was asked for. */
  readonly afterRun: string;
  readonly bundle: ResolvedBundle;
  /** Inline parameters by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Inline parameters of the last time, where the command gives none: they count less than parameter sets. */
  readonly earlier?: Readonly<Record<string, string>>;
}

/** An action whose parameters are resolved; its credentials are looked up when it is run. */
export interface PreparedAction extends ActionRequest {
  readonly values: ReadonlyMap<string, unknown>;
}

/** A claim that an earlier Pod of this agent made and did not come to start. */
export interface OpenClaim {
  readonly action: string;
  readonly ids: RunIds;
}

export interface InstallationRunsDeps {
  readonly state: PorterState;
  readonly jobs: BundleJobs;
  readonly runner: BundleRunner;
  readonly others: OtherRuns;
  readonly values: BundleValues;
  readonly sources: ValueSources;
  readonly deadline: Deadline;
  readonly log: AgentLog;
}

/** Different for each, so that two agents that gave way to one another do not meet again. */
const YIELD_MS = { from: 500, to: 4_000 } as const;

/** Runs of actions on installations, whatever asked for them. */
export class InstallationRuns {
  constructor(private readonly deps: InstallationRunsDeps) {}

  /**
   * Goes on with what an earlier Pod of this agent began. `done`: that run is over, and there is nothing else to do.
   * @throws AgentFailure when that run failed
   */
  async resume(installation: { namespace: string; name: string }): Promise<'done' | OpenClaim | undefined> {
    const { jobs, state, runner, log } = this.deps;
    const job = await jobs.own(installation);
    const ids = job && idsOf(job);
    if (job !== undefined && ids !== undefined) {
      const action = job.metadata.annotations?.[ANNOTATIONS.action] ?? '';
      const waiting = waitingIds(job);
      if (waiting !== undefined) await jobs.release(job);
      if (waiting !== undefined) return { action, ids: waiting };
      log.info(`going on with ${action} run ${ids.run} of bundle Job ${job.metadata.name}`);
      const record = await state.run(ids.run);
      if (record === undefined)
        throw new AgentFailure(`bundle Job ${job.metadata.name} left no result: nothing is recorded of its action`);
      await runner.finish(job, { record, isRecorded: true });
      return 'done';
    }
    const last = await state.lastRun(installation.namespace, installation.name);
    if (last === undefined || claimOf(last) !== claimText(jobs.claimant)) return undefined;
    await runner.conclude(last);
    return 'done';
  }

  /** Until no other run of the installation is under way. Resolves to the id of its last run, '' when there is none. */
  async waitForOthers(installation: { namespace: string; name: string }): Promise<string> {
    await this.deps.others.wait(installation);
    return (await this.deps.state.lastRun(installation.namespace, installation.name))?._id ?? '';
  }

  /** A pause after somebody else was first. @throws AgentFailure at the deadline */
  async yieldToOthers(): Promise<void> {
    if (this.deps.deadline.isOver) throw new AgentFailure('no turn was to be had before the deadline');
    await this.deps.deadline.pause(randomInt(YIELD_MS.from, YIELD_MS.to));
  }

  /** Resolves the action's parameters. @throws AgentFailure */
  async prepare(request: ActionRequest): Promise<PreparedAction> {
    refused(() => actionOf(request.bundle.definition, request.action));
    return { ...request, values: await this.deps.values.parameters(valuesRequest(request)) };
  }

  /** What the action would run with, to be compared with {@link factsOf}. */
  nextFacts({ installation, bundle, values }: PreparedAction): RunFacts {
    return {
      bundleDigest: bundle.digest,
      bundleReference: bundle.reference,
      parameters: new Map([...values].map(([name, value]) => [name, parameterText(value)])),
      credentialSets: installation.credentialSets ?? [],
    };
  }

  /** What a run ran with. A sensitive value that is gone counts as changed. */
  async factsOf(run: RunRecord, bundle: Bundle): Promise<RunFacts> {
    const parameters = new Map<string, string>();
    for (const { name, source } of run.parameters.parameters) {
      const text = await this.deps.sources.resolve(`parameter ${name}`, source).catch(() => undefined);
      if (text !== undefined) parameters.set(name, comparable(bundle, name, text));
    }
    const { bundleDigest, bundleReference } = run;
    return { bundleDigest, bundleReference, parameters, credentialSets: run.credentialSets ?? [] };
  }

  /** Runs the action. False: another agent was first; look at the installation again. @throws AgentFailure when it failed */
  async execute(prepared: PreparedAction, ids?: RunIds): Promise<boolean> {
    const { values, runner, log } = this.deps;
    const request = valuesRequest(prepared);
    log.info('Just-in-time resolving credentials...');
    const entries = await values.credentialEntries(request);
    const credentials = await values.credentials(entries);
    log.info('Just-in-time resolving parameters...');
    const { installation, action, afterRun, bundle } = prepared;
    const plan = {
      ...{ installation, action, afterRun, bundle, credentials: entries },
      parameters: prepared.values,
      overrides: applicable(prepared),
    };
    return runner.run(plan, { credentials: credentials.values, hidden: log.hidden() }, ids);
  }
}

/** Inline parameters as they are recorded: those that the action takes. */
function applicable({ bundle, action, parameters, earlier }: ActionRequest): Record<string, unknown> {
  const known = bundle.definition.parameters;
  const inline = Object.entries({ ...earlier, ...parameters });
  return Object.fromEntries(inline.filter(([name]) => appliesTo(entryOf(known, name) ?? {}, action)));
}

function valuesRequest({ installation, action, bundle, parameters, earlier = {} }: ActionRequest) {
  const { namespace, name, parameterSets, credentialSets } = installation;
  return {
    namespace,
    name,
    bundle: bundle.definition,
    action,
    parameterSets: parameterSets ?? [],
    credentialSets: credentialSets ?? [],
    parameters,
    earlier,
  };
}

/** Text that means the same value is the same text. */
function comparable(bundle: Bundle, name: string, text: string): string {
  const parameter = entryOf(bundle.parameters, name);
  if (parameter === undefined) return text;
  try {
    return parameterText(typedValue(name, definitionOf(bundle, name, parameter), text));
  } catch {
    return text;
  }
}

function refused(check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw new AgentFailure(messageOf(error), { cause: error });
  }
}
