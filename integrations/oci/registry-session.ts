import { parseChallenge, type Challenge } from './challenge.js';
import type { DockerConfig, RegistryLogin } from './docker-config.js';
import { RegistryError } from './registry-error.js';
import type { HttpReply, RegistryTransport } from './registry-transport.js';

const TOKEN_REPLY_LIMIT = 1 << 20;

/** Requests to one repository: answers the registry's challenge once and keeps what it was given. */
export class RegistrySession {
  private authorization?: string;

  constructor(
    private readonly transport: RegistryTransport,
    private readonly config: DockerConfig,
    private readonly where: { readonly registry: string; readonly repository: string },
  ) {}

  /**
   * GET below `/v2/<repository>/`.
   * @throws {@link RegistryError} for every status but 200, and when the login is refused
   */
  async get(path: string, options: { accept?: string; limit: number }): Promise<HttpReply> {
    const url = new URL(`${this.where.repository}/${path}`, this.transport.urlOf(this.where.registry));
    let reply = await this.send(url, options);
    if (reply.status === 401) {
      this.authorization = await this.answer(reply);
      reply = await this.send(url, options);
    }
    if (reply.status === 200) return reply;
    throw refusal(reply, `${this.where.registry}/${this.where.repository}`);
  }

  private send(url: URL, { accept, limit }: { accept?: string; limit: number }): Promise<HttpReply> {
    const headers = {
      ...(accept === undefined ? {} : { accept }),
      ...(this.authorization === undefined ? {} : { authorization: this.authorization }),
    };
    return this.transport.send(url, { headers, limit });
  }

  private async answer(reply: HttpReply): Promise<string> {
    const { registry, repository } = this.where;
    const challenge = parseChallenge(reply.header('www-authenticate') ?? '');
    if (challenge === undefined) throw refusal(reply, registry);
    const login = this.config.loginFor(registry, repository);
    if (challenge.scheme === 'bearer') return `Bearer ${await this.token(challenge, login)}`;
    if (login?.kind === 'password') return basic(login);
    throw new RegistryError(`${registry}: unauthorized: no user and password for this registry`, 'Unauthorized');
  }

  private async token(challenge: Challenge & { scheme: 'bearer' }, login?: RegistryLogin): Promise<string> {
    const { realm, service = '', scope = `repository:${this.where.repository}:pull` } = challenge;
    const url = this.realmUrl(realm);
    const reply =
      login?.kind === 'identityToken'
        ? await this.refreshed(url, { service, scope }, login.token)
        : await this.requested(url, { service, scope }, login);
    if (reply.status !== 200) throw refusal(reply, url.host);
    const token = tokenOf(reply.body);
    if (token === undefined) throw new RegistryError(`${url.host} gave no token`, 'Unauthorized');
    return token;
  }

  private requested(url: URL, asked: Record<string, string>, login?: RegistryLogin): Promise<HttpReply> {
    for (const [name, value] of Object.entries(asked)) if (value !== '') url.searchParams.set(name, value);
    const headers: Record<string, string> = login?.kind === 'password' ? { authorization: basic(login) } : {};
    return this.transport.send(url, { headers, limit: TOKEN_REPLY_LIMIT });
  }

  private refreshed(url: URL, asked: Record<string, string>, token: string): Promise<HttpReply> {
    const form = { ...asked, grant_type: 'refresh_token', refresh_token: token, client_id: 'porterops' };
    return this.transport.send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      limit: TOKEN_REPLY_LIMIT,
    });
  }

  /** A login is sent there, so it must be as well protected as the registry itself. */
  private realmUrl(realm: string): URL {
    const url = URL.parse(realm);
    const plain = this.transport.urlOf(this.where.registry).protocol === 'http:';
    if (url?.protocol === 'https:' || (plain && url?.protocol === 'http:')) return url;
    throw new RegistryError(`${this.where.registry} names a token service without TLS`, 'Untrusted');
  }
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function tokenOf(body: Buffer): string | undefined {
  try {
    const { token, access_token: access } = JSON.parse(body.toString()) as { token?: unknown; access_token?: unknown };
    return [token, access].find((value): value is string => typeof value === 'string' && value !== '');
  } catch {
    return undefined;
  }
}

function refusal(reply: HttpReply, what: string): RegistryError {
  const detail = errorText(reply.body);
  const said = detail === '' ? '' : ` (${detail})`;
  if (reply.status === 404) return new RegistryError(`${what}: not found${said}`, 'NotFound');
  if (reply.status === 401) return new RegistryError(`${what}: unauthorized${said}`, 'Unauthorized');
  if (reply.status === 403) return new RegistryError(`${what}: forbidden${said}`, 'Unauthorized');
  const problem = reply.status === 429 || reply.status >= 500 ? 'Unavailable' : 'Invalid';
  return new RegistryError(`${what}: unexpected status ${reply.status}${said}`, problem);
}

function errorText(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString()) as { errors?: { code?: unknown; message?: unknown }[] };
    const [first] = errors ?? [];
    const text = [first?.code, first?.message].filter((part) => typeof part === 'string').join(': ');
    return text.replace(/\s+/g, ' ').slice(0, 200);
  } catch {
    return '';
  }
}
