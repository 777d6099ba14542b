import type { Bundle, SourcedValue } from '../../../integrations/porter/index.js';
import {
  BundleError,
  ValueError,
  appliesTo,
  composeCredentials,
  entryOf,
  isSensitiveParameter,
  parameterText,
  resolveParameters,
} from '../../../integrations/porter/index.js';
import type { OutputRecord, PorterState, SourceMapping } from '../../../integrations/porter/state/index.js';
import type { AgentLog } from '../agent-log.js';
import { AgentFailure, messageOf } from '../failure.js';
import type { SecretFiles } from '../secrets/secret-files.js';
import { parametersFromOutputs } from './parameter-sources.js';
import type { ValueSources } from './value-sources.js';

/** For which installation and action values are wanted, and what was given inline. */
export interface ValuesRequest {
  readonly namespace: string;
  readonly name: string;
  readonly bundle: Bundle;
  readonly action: string;
  readonly parameterSets: readonly string[];
  readonly credentialSets: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What was given inline the last time, as text. */
  readonly earlier: Readonly<Record<string, string>>;
}

/** The credentials that an action takes: where each comes from, and its value. */
export interface ResolvedCredentials {
  readonly entries: readonly SourceMapping[];
  readonly values: ReadonlyMap<string, string>;
}

export interface BundleValuesDeps {
  readonly state: PorterState;
  readonly sources: ValueSources;
  readonly secrets: SecretFiles;
  readonly log: AgentLog;
}

/** Resolves what a bundle's action takes, in Porter's order. */
export class BundleValues {
  constructor(private readonly deps: BundleValuesDeps) {}

  /**
   * Defaults, then outputs of earlier runs, then what was given inline the last time, then parameter sets in their order,
   * then inline values.
   * @throws AgentFailure
   */
  async parameters(request: ValuesRequest): Promise<ReadonlyMap<string, unknown>> {
    const { bundle, action, namespace, name, parameters, earlier } = request;
    const outputs = await this.deps.state.outputs(namespace, name);
    const sources = await parametersFromOutputs(bundle, outputs, this.deps.secrets);
    const given = new Map<string, unknown>([...sources.values, ...Object.entries(earlier)]);
    for (const set of request.parameterSets) await this.addSet(given, request, set);
    for (const [key, value] of Object.entries(parameters)) given.set(key, value);
    refuseLost(sources.lost, given, request);
    this.hideSensitive(bundle, given);
    const resolved = refused(() => resolveParameters(bundle, action, given));
    this.hideSensitive(bundle, resolved);
    return resolved;
  }

  /** Entries of all credential sets, later ones first; values are looked up just before the run. @throws AgentFailure */
  async credentialEntries(request: ValuesRequest): Promise<readonly SourceMapping[]> {
    const sets: SourcedValue[][] = [];
    for (const name of request.credentialSets) {
      const set = await this.deps.state.credentialSet(request.namespace, name);
      if (set === undefined) throw noSuchSet('credential', name, request.namespace);
      sets.push(set.credentials);
    }
    return refused(() => composeCredentials(request.bundle, request.action, sets)) as readonly SourceMapping[];
  }

  /** @throws AgentFailure naming the credential that has no value */
  async credentials(entries: readonly SourceMapping[]): Promise<ResolvedCredentials> {
    const values = new Map<string, string>();
    for (const { name, source } of entries) {
      try {
        values.set(name, await this.deps.sources.resolve(`credential ${name}`, source));
      } catch (error) {
        throw new AgentFailure(`could not resolve credentials before running the bundle: ${messageOf(error)}`);
      }
    }
    this.deps.log.hide(...values.values());
    return { entries, values };
  }

  private async addSet(given: Map<string, unknown>, request: ValuesRequest, name: string): Promise<void> {
    const set = await this.deps.state.parameterSet(request.namespace, name);
    if (set === undefined) throw noSuchSet('parameter', name, request.namespace);
    for (const entry of set.parameters) {
      if (Object.hasOwn(request.parameters, entry.name)) continue;
      given.set(entry.name, await this.deps.sources.resolve(`parameter ${entry.name}`, entry.source));
    }
  }

  private hideSensitive(bundle: Bundle, values: ReadonlyMap<string, unknown>): void {
    for (const [name, value] of values) if (isSensitiveParameter(bundle, name)) this.deps.log.hide(parameterText(value));
  }
}

/** A default in the place of a value that the bundle gave itself would be wrong, for instance a new password. */
function refuseLost(
  lost: ReadonlyMap<string, OutputRecord>,
  given: ReadonlyMap<string, unknown>,
  { bundle, action }: ValuesRequest,
): void {
  for (const [name, output] of lost) {
    if (given.has(name) || !appliesTo(entryOf(bundle.parameters, name) ?? {}, action)) continue;
    throw new AgentFailure(
      `unable to resolve parameter ${name} from output ${output.name}: there is no secret ${output.key} any more; give the parameter a value`,
    );
  }
}

function noSuchSet(kind: string, name: string, namespace: string): AgentFailure {
  return new AgentFailure(
    `could not find ${kind} set named ${name} in the ${namespace} namespace or global namespace: ${name} not found`,
  );
}

function refused<T>(resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof ValueError || error instanceof BundleError) throw new AgentFailure(error.message, { cause: error });
    throw error;
  }
}
