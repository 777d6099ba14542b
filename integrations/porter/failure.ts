/** Why an agent failed, as far as its log tells. */
export interface FailureExplanation {
  /** CamelCase, for a condition. */
  readonly reason: string;
  /** One sentence: what happened and, where that is known, what to do. At most 1000 characters. */
  readonly message: string;
  /** True when time alone may mend it. */
  readonly retryable: boolean;
}

interface Pattern {
  readonly when: RegExp;
  readonly reason: string;
  readonly retryable?: boolean;
  /** `$1` and so on stand for the groups of `when`; `$&` for the whole line. */
  readonly say?: string;
}

const LONGEST_MESSAGE = 1000;

/** Tried in this order against the whole log; what Porter prints, and the built-in agent in the same words. */
const PATTERNS: readonly Pattern[] = [
  {
    when: /unable to remove destination path: remove (\S+): (?:device or resource busy|permission denied)/,
    reason: 'BundleRuntimeIncompatible',
    say: 'the Porter runtime inside this bundle cannot remove its mounted file $1, a defect of Porter 1.2 and later under Kubernetes: use the built-in agent (AgentConfig spec.agent: BuiltIn), or a bundle built with Porter 1.0.14 or earlier',
  },
  {
    when: /the schema version is (\S+) but the supported schema version is (\S+?)\.? /,
    reason: 'UnsupportedSchemaVersion',
    say: 'spec.schemaVersion is $1, but this agent supports $2',
  },
  {
    when: /could not find credential set named (\S+) in the (.*?) ?namespace/,
    reason: 'CredentialSetNotFound',
    say: 'there is no credential set $1 in Porter namespace "$2", nor a global one',
  },
  {
    when: /could not find parameter set named (\S+) in the (.*?) ?namespace|ParameterSet not found|unable to process provided parameter sets: .*not found/,
    reason: 'ParameterSetNotFound',
  },
  { when: /parameter (\S+) (?:is )?not defined in bundle.*/, reason: 'UnknownParameter' },
  { when: /(?:parameter "([^"]+)" is required|missing required parameter "?([^"\s]+)).*/, reason: 'MissingParameter' },
  {
    when: /(?:unable to convert parameter|cannot use value: .* as parameter|does not satisfy its definition).*/,
    reason: 'InvalidParameter',
  },
  {
    when: /(?:credential "([^"]+)" is required|bundle requires credential for|missing required credential).*/,
    reason: 'MissingCredential',
  },
  { when: /unable to pull bundle: .*(?:x509|certificate|self-signed).*/i, reason: 'RegistryUntrusted' },
  {
    when: /unable to pull bundle: .*(?:unauthorized|authentication required|denied|forbidden|\b40[13]\b).*/i,
    reason: 'RegistryUnauthorized',
  },
  {
    when: /unable to pull bundle: .*(?:connection refused|connection reset|timeout|timed out|deadline|no such host|ENOTFOUND|i\/o|EOF|too many requests|\b(?:429|50[0-9])\b).*/i,
    reason: 'RegistryUnavailable',
    retryable: true,
  },
  { when: /unable to pull bundle: .*(?:not found|manifest unknown|\b404\b).*/i, reason: 'BundleNotFound' },
  { when: /unable to pull bundle: .*/, reason: 'BundleUnusable' },
  {
    when: /(?:invalid bundle reference|does not define a valid bundle reference|Invalid bundle reference|error joining the bundle Repository).*/,
    reason: 'InvalidBundleReference',
  },
  {
    when: /.*(?:could not read storage schema document|state store).*(?:auth error|SCRAM|Authentication failed).*/i,
    reason: 'StateStoreUnauthorized',
  },
  {
    when: /.*(?:could not read storage schema document|server selection error|state store is unavailable).*/,
    reason: 'StateStoreUnavailable',
    retryable: true,
  },
  {
    when: /(?:could not resolve credentials before running the bundle|unable to resolve credential).*/,
    reason: 'CredentialUnresolved',
  },
  {
    when: /(?:could not resolve parameters before running the bundle|unable to resolve parameter).*/,
    reason: 'ParameterUnresolved',
  },
  { when: /.*the built-in agent does not support .*/, reason: 'NotSupportedByAgent' },
  { when: /bundle Pod \S+ cannot start: (\w+).*/, reason: 'BundlePodNotStarted', retryable: true },
  { when: /.*ran longer than its deadline.*/, reason: 'DeadlineExceeded' },
  { when: /.*bundle Job \S+ left no result.*/, reason: 'RunResultMissing' },
];

/** A bundle that ran and failed: its own first error counts, not what follows from it. */
const BUNDLE_EXITED =
  /mixin execution failed|exit status \d+|has reached the specified backoff limit|exited with code \d+/;
const OUTPUT_MISSING = /required output .* is missing/;
/** Lines that hide the real error, since they only follow from it. */
const CONSEQUENCE = /required output .* is missing|has reached the specified backoff limit|^\d+ errors? occurred:?$/;

/**
 * Reads an agent's last lines and says in one sentence what went wrong; the sentence quotes them, and is as free of secrets as they.
 * @param logTail as `kubectl logs` shows it; colours and structured suffixes do no harm
 */
export function explainFailure(logTail: string): FailureExplanation {
  const text = logTail.replace(/\u001b\[[0-9;]*m/g, '');
  for (const pattern of PATTERNS) {
    const match = pattern.when.exec(text);
    if (match !== null) return explained(pattern, match);
  }
  const message = firstError(text);
  return {
    reason: BUNDLE_EXITED.test(text) || OUTPUT_MISSING.test(text) ? 'BundleFailed' : 'AgentFailed',
    message,
    retryable: false,
  };
}

function explained({ reason, retryable = false, say = '$&' }: Pattern, match: RegExpExecArray): FailureExplanation {
  const message = say.replace(/\$(&|\d)/g, (_, group: string) => match[group === '&' ? 0 : Number(group)] ?? '');
  return { reason, message: shortened(message), retryable };
}

/**
 * The first line that speaks of an error and is not the consequence of another one; else the last line. That an output is
 * missing is an error of its own when the bundle has ended well.
 */
function firstError(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^[\s*]+|\s+$/g, ''))
    .filter((line) => line !== '');
  const errors = lines.filter((line) => /\berror\b|\bfail(?:ed|ure)\b|^Error:/i.test(line) && !CONSEQUENCE.test(line));
  const missing = BUNDLE_EXITED.test(text) ? undefined : lines.find((line) => OUTPUT_MISSING.test(line));
  const first = errors[0] ?? missing ?? lines.findLast((line) => !CONSEQUENCE.test(line)) ?? lines.at(-1);
  return shortened(first ?? 'the agent failed and wrote no log');
}

function shortened(text: string): string {
  const message = text.trim().replace(/^Error:\s*/, '');
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message;
}
