import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const KEY_BYTES = 32;

/** What a server keeps of a password (RFC 5802 §3); it does not let anybody log in. */
export interface ScramCredential {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Thrown for every failed login, whatever the cause, so that nothing can be learned from it. */
export class ScramError extends Error {
  override readonly name = 'ScramError';
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Turns a password into what the server needs to check it. */
export async function scramCredential(password: string, salt: Buffer, iterations: number): Promise<ScramCredential> {
  const salted = await derive(password.normalize('NFKC'), salt, iterations, KEY_BYTES, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  return { salt, iterations, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/** The user that the first message of a client names; throws {@link ScramError} when it is malformed. */
export function parseClientFirst(message: string): ClientFirst {
  const match = /^([ny],,)(n=([^,]*),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/.exec(message);
  if (match === null) throw new ScramError('malformed first message');
  const [, header = '', bare = '', name = '', nonce = ''] = match;
  if (/=(?!2C|3D)/.test(name)) throw new ScramError('malformed user name');
  return { header, bare, nonce, user: name.replaceAll('=2C', ',').replaceAll('=3D', '=') };
}

export interface ClientFirst {
  /** The GS2 header: no channel binding. */
  readonly header: string;
  readonly bare: string;
  readonly nonce: string;
  readonly user: string;
}

/** One login of one client: the server's half of SCRAM-SHA-256 (RFC 7677). */
export class ScramExchange {
  /** The server's first message. */
  readonly serverFirst: string;
  private readonly nonce: string;

  constructor(
    private readonly clientFirst: ClientFirst,
    private readonly credential: ScramCredential,
    serverNonce: string = randomBytes(24).toString('base64'),
  ) {
    this.nonce = clientFirst.nonce + serverNonce;
    this.serverFirst = `r=${this.nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`;
  }

  /** Checks the client's proof and gives the server's last message; throws {@link ScramError} if it is wrong. */
  finish(clientFinal: string): string {
    const match = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/]+={0,2})$/.exec(clientFinal);
    if (match === null) throw new ScramError('malformed last message');
    const [, withoutProof = '', binding = '', nonce = '', proof = ''] = match;
    const expected = Buffer.from(this.clientFirst.header).toString('base64');
    if (binding !== expected || nonce !== this.nonce) throw new ScramError('not an answer to this challenge');
    const authMessage = `${this.clientFirst.bare},${this.serverFirst},${withoutProof}`;
    this.verify(Buffer.from(proof, 'base64'), hmac(this.credential.storedKey, authMessage));
    return `v=${hmac(this.credential.serverKey, authMessage).toString('base64')}`;
  }

  private verify(proof: Buffer, signature: Buffer): void {
    if (proof.length !== KEY_BYTES) throw new ScramError('wrong proof');
    const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
    const storedKey = createHash('sha256').update(clientKey).digest();
    if (!timingSafeEqual(storedKey, this.credential.storedKey)) throw new ScramError('wrong proof');
  }
}
