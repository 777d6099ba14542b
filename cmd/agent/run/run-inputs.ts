import { posix } from 'node:path';
import type { Bundle, Destination } from '../../../integrations/porter/index.js';
import {
  OUTPUTS_FOLDER,
  credentialDestination,
  entryOf,
  isFile,
  parameterText,
} from '../../../integrations/porter/index.js';
import { AgentFailure } from '../failure.js';
import type { RunRecord } from '../../../integrations/porter/state/index.js';
import type { ResolvedBundle } from '../bundle/resolved-bundle.js';

/** Everything that is put into the bundle's container. */
export interface RunInputs {
  readonly env: ReadonlyMap<string, string>;
  /** Content by absolute path. */
  readonly files: ReadonlyMap<string, string>;
}

export interface InputValues {
  readonly run: RunRecord;
  readonly installationId: string;
  readonly bundle: ResolvedBundle;
  readonly parameters: ReadonlyMap<string, unknown>;
  readonly credentials: ReadonlyMap<string, string>;
  readonly verbosity: string;
}

/** Version of the claim document, of the CNAB specification's draft that Porter follows. */
const CLAIM_VERSION = 'cnab-claim-1.0.0-DRAFT+b5ed2f3';
const ENV_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
/** Longest name that a key of a Secret can have, less our prefix. */
const LONGEST_ENV_NAME = 240;

/**
 * Inputs of a bundle as CNAB and Porter define them.
 * @throws AgentFailure for a destination that Kubernetes cannot have
 */
export function runInputs(values: InputValues): RunInputs {
  const { bundle, run, parameters, credentials } = values;
  const destinations = new Destinations();
  for (const [name, value] of credentials) {
    destinations.put(`credential ${name}`, credentialDestination(bundle.definition, name), value);
  }
  for (const [name, value] of parameters) putParameter(destinations, bundle.definition, name, value);
  for (const [name, value] of environment(values)) destinations.env.set(name, value);
  destinations.files.set('/cnab/bundle.json', bundle.text);
  destinations.files.set('/cnab/claim.json', JSON.stringify(claim(run, bundle, parameters)));
  destinations.files.set('/cnab/app/image-map.json', JSON.stringify(bundle.definition.images ?? {}));
  if (Object.keys(bundle.relocations).length > 0) {
    destinations.files.set('/cnab/app/relocation-mapping.json', JSON.stringify(bundle.relocations));
  }
  return destinations;
}

class Destinations implements RunInputs {
  readonly env = new Map<string, string>();
  readonly files = new Map<string, string>();

  put(what: string, { env, path }: Destination, value: string): void {
    if (env !== undefined && env !== '') this.env.set(checkedName(what, env), value);
    if (path !== undefined && path !== '') this.files.set(checkedPath(what, path), value);
  }
}

/**
 * A file that has no value is not there: Porter's runtime inside bundles would want to remove it, which it cannot do
 * with a mounted one.
 */
function putParameter(destinations: Destinations, bundle: Bundle, name: string, value: unknown): void {
  const parameter = entryOf(bundle.parameters, name);
  const definition = entryOf(bundle.definitions, parameter?.definition ?? '');
  const fallback: Destination = { env: `CNAB_P_${name.toUpperCase()}` };
  const { env, path } = parameter?.destination ?? fallback;
  const isAbsent = value === null || (value === '' && definition !== undefined && isFile(bundle, definition));
  destinations.put(`parameter ${name}`, isAbsent ? { env } : { env, path }, parameterText(value));
}

function environment({ run, bundle, installationId, verbosity }: InputValues): [string, string][] {
  const { definition } = bundle;
  return [
    ['CNAB_ACTION', run.action],
    ['CNAB_BUNDLE_NAME', definition.name],
    ['CNAB_BUNDLE_VERSION', definition.version],
    ['CNAB_CLAIMS_VERSION', CLAIM_VERSION],
    ['CNAB_INSTALLATION_NAME', `${run.namespace}/${run.installation}`],
    ['CNAB_REVISION', run.revision],
    ['PORTER_INSTALLATION_NAMESPACE', run.namespace],
    ['PORTER_INSTALLATION_NAME', run.installation],
    ['PORTER_INSTALLATION_ID', installationId],
    ['PORTER_VERBOSITY', verbosity],
  ];
}

function claim(run: RunRecord, bundle: ResolvedBundle, parameters: ReadonlyMap<string, unknown>): object {
  return {
    schemaVersion: CLAIM_VERSION,
    id: run._id,
    installation: `${run.namespace}/${run.installation}`,
    revision: run.revision,
    created: run.created,
    action: run.action,
    bundle: bundle.definition,
    bundleReference: run.bundleReference,
    parameters: Object.fromEntries(parameters),
    custom: null,
  };
}

function checkedName(what: string, name: string): string {
  if (ENV_NAME.test(name) && name.length <= LONGEST_ENV_NAME) return name;
  throw new AgentFailure(`${what} goes to the environment variable ${JSON.stringify(name)}, which no Pod can have`);
}

function checkedPath(what: string, path: string): string {
  if (path.startsWith(OUTPUTS_FOLDER))
    throw new AgentFailure(`${what} goes to the file ${JSON.stringify(path)}, among the outputs`);
  const isPlain = path.startsWith('/') && path !== '/' && posix.normalize(path) === path && !/[:\0]|\/$/.test(path);
  if (isPlain && path.length < 1000) return path;
  throw new AgentFailure(`${what} goes to the file ${JSON.stringify(path)}, which no Pod can have`);
}
