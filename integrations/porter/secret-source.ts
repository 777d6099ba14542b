/** A hint of a `secret` source that no file or Kubernetes Secret can stand for. */
export class InvalidHintError extends Error {
  constructor(
    readonly hint: string,
    problem: string,
  ) {
    super(`secret source ${JSON.stringify(hint)} ${problem}`);
    this.name = 'InvalidHintError';
  }
}

/** One key of a Kubernetes Secret. */
export interface SecretSource {
  readonly secret: string;
  readonly key: string;
}

const SECRET_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const SECRET_KEY = /^[-._a-zA-Z0-9]{1,253}$/;
const DEFAULT_KEY = 'value';

/**
 * The file below `$PORTER_HOME/secrets` from which Porter's `filesystem` plugin reads a hint.
 * @throws {@link InvalidHintError} for a hint that would leave that folder or name no file
 */
export function secretFileOf(hint: string): string {
  if (hint === '') throw new InvalidHintError(hint, 'is empty');
  if (hint.startsWith('/')) throw new InvalidHintError(hint, 'is an absolute path');
  if (hint.length > 1024) throw new InvalidHintError(hint.slice(0, 64), 'is longer than 1024 characters');
  if (/[\u0000-\u001f\\]/.test(hint)) {
    throw new InvalidHintError(hint, 'has a control character or a backslash');
  }
  if (hint.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new InvalidHintError(hint, 'has an empty, "." or ".." segment');
  }
  return hint;
}

/**
 * The Secret and key that a hint names: `name` is key `value` of Secret `name` (as in Porter's Kubernetes plugin, with
 * its sanitised names), `name/key` any key of any Secret.
 * @throws {@link InvalidHintError}
 */
export function secretSourceOf(hint: string): SecretSource {
  const [name = '', key = DEFAULT_KEY, ...rest] = secretFileOf(hint).split('/');
  const secret = sanitizedName(name);
  if (rest.length > 0) throw new InvalidHintError(hint, 'has more than one "/": write SECRET or SECRET/KEY');
  if (!SECRET_NAME.test(secret) || secret.length > 253) throw new InvalidHintError(hint, 'names no valid Secret');
  if (!SECRET_KEY.test(key)) throw new InvalidHintError(hint, `names no valid key of Secret ${secret}`);
  return { secret, key };
}

/** Porter's Kubernetes plugin makes a Secret's name of any hint by these rules, so that existing Secrets keep working. */
function sanitizedName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^[^a-z0-9]/, '000')
    .replace(/[^a-z0-9]$/, '000')
    .replace(/[^-a-z0-9.]+/g, '-');
}

/**
 * The key under which a value that an agent made (a sensitive parameter or output, hint `<run id>-<name>`) is kept in the
 * installation's values Secret. Reversible: characters that a key may not have are written `__XX`, in hex, per byte.
 */
export function valueKeyOf(hint: string): string {
  const encode = (text: string) =>
    [...Buffer.from(text)].map((byte) => `__${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  return secretFileOf(hint)
    .replace(/_(?=_)|[^-._a-zA-Z0-9]/gu, encode)
    .replace(/^\.(?=\.)/, encode);
}

/** The reverse of {@link valueKeyOf}. */
export function hintOfValueKey(key: string): string {
  const text = key.replace(/(?:__[0-9A-F]{2})+/g, (run) => Buffer.from(run.replaceAll('__', ''), 'hex').toString());
  return secretFileOf(text);
}
