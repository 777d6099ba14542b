import { inject, injectable } from 'inversify';
import type { AgentActionSpec, Verdict } from '../../../api/porter/v1/agent-action.js';
import type { Reason } from '../../../api/porter/v1/conditions.js';
import { REASONS } from '../../../api/porter/v1/conditions.js';
import type { Bundle } from '../../../integrations/porter/index.js';
import {
  BundleError,
  explainFailure,
  isSensitiveParameter,
  parseBundle,
  redact,
} from '../../../integrations/porter/index.js';
import type { RunRecord } from '../../../integrations/porter/state/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import { ApiError, Client } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import type { KnownSecrets } from '../../agent-run/launch/secret-values.js';
import { SecretValues } from '../../agent-run/launch/secret-values.js';
import { PorterStates } from '../../agent-run/state/porter-states.js';
import type { AgentExit } from './agent-exit.js';
import { installationDocument } from './documents.js';

/** The run whose failure is to be explained. */
export interface FailedRun {
  readonly namespace: string;
  readonly spec: DeepReadonly<AgentActionSpec>;
  readonly exit?: AgentExit;
  /** Name of the Secret with what it was given; '' when that cannot be known. */
  readonly files: string;
  /** In Porter's records, if it got that far. */
  readonly runId?: string;
  /** The run before it, of which Porter prints what has changed. */
  readonly lastRunId?: string;
  /** What the record says, for when there is no log. */
  readonly detail?: string;
}

/** Enough for the first error and what leads to it. */
const TAIL = { tailLines: 300, limitBytes: 128 * 1024 } as const;

/** Tells in better words why an agent failed, from its log; what is secret is taken out before anything is kept. */
@injectable()
@Rbac({ groups: [''], resources: ['pods/log'], verbs: ['get'] })
export class FailureReports {
  constructor(
    @inject(Client) private readonly client: Client,
    @inject(SecretValues) private readonly secrets: SecretValues,
    @inject(PorterStates) private readonly states: PorterStates,
  ) {}

  /** The verdict with what the log says, or the termination message, or the record; unchanged when all are silent. */
  async explain(verdict: Verdict, run: FailedRun): Promise<Verdict> {
    const sources = [await this.log(run), run.exit?.lastWords, run.detail];
    const text = sources.find((source) => source !== undefined && source.trim() !== '');
    if (text === undefined) return verdict;
    const known = await this.knownSecrets(run);
    if (known.unknown !== undefined) return unquoted(verdict, text, known.unknown);
    const { reason, message, retryable } = explainFailure(redact(text, known.values));
    return { ...verdict, reason, message, ...(retryable && { retryable }) };
  }

  /** A verdict does not wait for a log: the Pod may have gone, or its container may never have started. */
  private async log({ namespace, exit }: FailedRun): Promise<string | undefined> {
    const { pod: name, container } = exit ?? {};
    if (name === undefined || container === undefined) return undefined;
    try {
      return await this.client.logs({ namespace, name }, { container, ...TAIL });
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  }

  /** Everything secret that the agent could know and print. */
  private async knownSecrets(run: FailedRun): Promise<KnownSecrets> {
    const recorded = await this.recorded(run);
    if (recorded === undefined) return { values: [], unknown: 'the state store does not answer' };
    const { namespace, spec, files } = run;
    const { values, unknown } = await this.secrets.of({ namespace, spec, files, hints: recorded.hints });
    return { values: [...values, ...inlineSecrets(spec, recorded.bundle)], unknown };
  }

  /** What the records tell of a run and the one before it; undefined when the store does not answer. */
  private async recorded({ namespace, spec, runId, lastRunId }: FailedRun): Promise<Recorded | undefined> {
    const ids = [runId, lastRunId].flatMap((id = '') => (id === '' ? [] : [id]));
    const { installation } = spec;
    if (ids.length === 0 || installation === undefined) return { hints: [] };
    try {
      return await this.states.ask(namespace, async (state) => {
        const runs = await Promise.all(ids.map(async (id) => (await state?.run(id)) ?? []));
        const outputs = (await state?.outputs(installation.namespace, installation.name)) ?? [];
        const made = outputs.filter((output) => output.runId === runId && output.key !== '').map(({ key }) => key);
        const bundle = bundleOf(runs.flat().find(({ _id }) => _id === runId));
        return { bundle, hints: [...runs.flat().flatMap(hintsOf), ...made] };
      });
    } catch (error) {
      if (error instanceof StateUnavailableError) return undefined;
      throw error;
    }
  }
}

/** What is of interest in the records of a run. */
interface Recorded {
  readonly bundle?: Bundle;
  readonly hints: readonly string[];
}

/** What kind of failure it is can be told; in what words the agent said it cannot, as long as they may hold a secret. */
function unquoted(verdict: Verdict, text: string, unknown: string): Verdict {
  const { reason, retryable } = explainFailure(text);
  const meaning = reason in REASONS ? `It seems that ${REASONS[reason as Reason]}. ` : '';
  const message = `${verdict.message} ${meaning}What the agent said is not repeated, because ${unknown}: look at the log of its Pod.`;
  return { ...verdict, reason, message, ...(retryable && { retryable }) };
}

/** Only the bundle knows which parameters are sensitive; as long as it is unknown, all texts are. */
function inlineSecrets(spec: DeepReadonly<AgentActionSpec>, bundle: Bundle | undefined): string[] {
  return Object.entries(installationDocument(spec)?.parameters ?? {})
    .filter(([name, value]) => (bundle ? isSensitiveParameter(bundle, name) : typeof value === 'string'))
    .map(([, value]) => (typeof value === 'string' ? value : JSON.stringify(value)));
}

function bundleOf(run: RunRecord | undefined): Bundle | undefined {
  try {
    return run && parseBundle(run.bundle);
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}

/** Under which keys Porter keeps the sensitive parameters that a run had. */
function hintsOf({ parameters, parameterOverrides }: Partial<RunRecord>): string[] {
  const sources = [parameters, parameterOverrides].flatMap((set) => set?.parameters ?? []).map(({ source }) => source);
  return sources.flatMap(({ secret }) => secret ?? []);
}
