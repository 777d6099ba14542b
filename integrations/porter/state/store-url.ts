/** Porter's database where the connection string of its store names none. */
const DEFAULT_DATABASE = 'porter';

/** A connection string may name several servers, which the standard `URL` does not know: user, password, hosts, path. */
const STORE_URL = /^mongodb(?:\+srv)?:\/\/(?:([^:@/?]*)(?::([^/?]*))?@)?[^/?]*(?:\/([^?]*))?/;

/** The database that Porter uses: the one that the connection string names, else its own default, not the driver's. */
export function databaseOf(url: string): string {
  const [, , , path = ''] = STORE_URL.exec(url) ?? [];
  return decoded(path.replace(/\/$/, '')) || DEFAULT_DATABASE;
}

/** The password in a connection string, as it stands there and as it is meant; none where there is none. */
export function passwordsIn(url: string): string[] {
  const [, , password = ''] = STORE_URL.exec(url) ?? [];
  return password === '' ? [] : [...new Set([password, decoded(password)])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
