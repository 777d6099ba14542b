import { createHmac } from 'node:crypto';
import type { Document } from 'bson';
import { Binary } from 'bson';
import { MANAGER_USER, tenantPassword } from '../../../integrations/porter/state/embedded-access.js';
import { CommandError } from './command-error.js';
import type { ScramCredential } from './scram.js';
import { ScramError, ScramExchange, parseClientFirst, scramCredential } from './scram.js';
import type { Login, Session } from './session.js';

export const MECHANISM = 'SCRAM-SHA-256';

/** RFC 7677's least, which drivers insist on; the passwords are 256 random bits, so that more adds nothing. */
const ITERATIONS = 4096;
const SALT_BYTES = 28;
/** There is one login at a time on a connection. */
const CONVERSATION = 1;
/** Users whose credential is kept after a login; deriving one takes a few milliseconds. */
const REMEMBERED_USERS = 2000;
/** A Kubernetes namespace (RFC 1123 label). */
const TENANT = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Logs clients in; the password of every user is derived from one key. */
export class Authentication {
  private readonly remembered = new Map<string, ScramCredential>();

  constructor(private readonly accessKey: string) {}

  /** The first step of a login; `request` is the command's document. */
  async start(session: Session, request: Document): Promise<Document> {
    delete session.principal;
    if (request['mechanism'] !== MECHANISM) throw failed();
    const skipEmptyExchange = (request['options'] as Document | undefined)?.['skipEmptyExchange'] === true;
    return refusing(session, async () => {
      const first = parseClientFirst(textOf(request['payload']));
      if (!isUser(first.user)) throw new ScramError('no such user');
      const exchange = new ScramExchange(first, await this.credential(first.user));
      session.login = { user: first.user, exchange, proven: false, skipEmptyExchange };
      return step(exchange.serverFirst, false);
    });
  }

  /** The following steps. */
  async continue(session: Session, request: Document): Promise<Document> {
    const { login } = session;
    if (login === undefined) throw failed();
    return refusing(session, () => Promise.resolve(this.proceed(session, login, request)));
  }

  private proceed(session: Session, login: Login, request: Document): Document {
    if (Number(request['conversationId']) !== CONVERSATION) throw new ScramError('no such conversation');
    const payload = textOf(request['payload']);
    if (login.proven) {
      if (payload !== '') throw new ScramError('nothing was expected');
      return this.complete(session, login, '');
    }
    const serverFinal = login.exchange.finish(payload);
    if (login.skipEmptyExchange) return this.complete(session, login, serverFinal);
    login.proven = true;
    return step(serverFinal, false);
  }

  private complete(session: Session, { user }: Login, payload: string): Document {
    delete session.login;
    session.principal = { user, manager: user === MANAGER_USER };
    return step(payload, true);
  }

  private async credential(user: string): Promise<ScramCredential> {
    const known = this.remembered.get(user);
    if (known !== undefined) return known;
    const salt = createHmac('sha256', this.accessKey).update(`salt of ${user}`).digest().subarray(0, SALT_BYTES);
    const credential = await scramCredential(tenantPassword(this.accessKey, user), salt, ITERATIONS);
    if (this.remembered.size >= REMEMBERED_USERS) this.remembered.clear();
    this.remembered.set(user, credential);
    return credential;
  }
}

const isUser = (name: string): boolean => name === MANAGER_USER || TENANT.test(name);

/** One answer for every cause, and no second try on the same connection. */
async function refusing(session: Session, attempt: () => Promise<Document>): Promise<Document> {
  try {
    return await attempt();
  } catch (error) {
    delete session.login;
    session.closing = true;
    if (error instanceof ScramError) throw failed();
    throw error;
  }
}

const failed = (): CommandError => new CommandError('AuthenticationFailed', 'Authentication failed.');

const step = (payload: string, done: boolean): Document => ({
  conversationId: CONVERSATION,
  done,
  payload: new Binary(Buffer.from(payload)),
});

function textOf(payload: unknown): string {
  if (payload instanceof Binary) return Buffer.from(payload.value()).toString('utf8');
  if (typeof payload === 'string') return Buffer.from(payload, 'base64').toString('utf8');
  throw new ScramError('payload is missing');
}
