import { inject, injectable } from 'inversify';
import type { AgentActionSpec, Verdict } from '../../../api/porter/v1/agent-action.js';
import { explainFailure, isSensitiveParameter, parseBundle, redact } from '../../../integrations/porter/index.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import { ApiError, Client } from '../../../runtime/client/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { SecretValues } from '../../agent-run/launch/secret-values.js';
import { PorterStates } from '../../agent-run/state/porter-states.js';
import type { AgentExit } from './agent-exit.js';
import { installationDocument } from './documents.js';

/** The run whose failure is to be explained. */
export interface FailedRun {
  readonly namespace: string;
  readonly spec: DeepReadonly<AgentActionSpec>;
  readonly exit?: AgentExit;
  /** In Porter's records, if it got that far. */
  readonly runId?: string;
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
    const { reason, message, retryable } = explainFailure(redact(text, await this.knownSecrets(run)));
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
  private async knownSecrets(run: FailedRun): Promise<string[]> {
    const given = [this.secrets.of(run.namespace, run.spec), this.inlineSecrets(run)];
    return (await Promise.all(given)).flat();
  }

  /** Only the bundle knows which parameters are sensitive; as long as it is unknown, all texts are. */
  private async inlineSecrets({ namespace, spec, runId }: FailedRun): Promise<string[]> {
    const parameters = Object.entries(installationDocument(spec)?.parameters ?? {});
    if (parameters.length === 0) return [];
    const bundle = runId === undefined ? undefined : await this.bundleOf(namespace, runId);
    return parameters
      .filter(([name, value]) => (bundle ? isSensitiveParameter(bundle, name) : typeof value === 'string'))
      .map(([, value]) => (typeof value === 'string' ? value : JSON.stringify(value)));
  }

  private async bundleOf(namespace: string, runId: string) {
    try {
      const run = await this.states.ask(namespace, async (state) => state?.run(runId));
      return run === undefined ? undefined : parseBundle(run.bundle);
    } catch {
      return undefined;
    }
  }
}
