import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { linesOf } from '../../runtime/client/lines.js';
import type { KubernetesJson } from '../../runtime/client/index.js';
import type { KeyPair } from '../../runtime/tls/certificates.js';
import { freePort } from '../support/program.js';
import { apiRequestOf, type ApiRequest } from './api-request.js';
import { Journal, type JournalEntry } from './journal.js';
import { OlderView } from './older-view.js';
import { RuleBook, type EventEffect, type RequestEffect } from './rules.js';
import { Scope } from './scope.js';
import { Versions } from './versions.js';

/** What a gate serves TLS with, and what its clients have to trust; all PEM. */
export interface GateIdentity extends KeyPair {
  readonly ca: string;
}

/** Whom the gate kills. */
export interface Victim {
  /** The operator's n-th life. */
  readonly life: number;
  /** Returns at once; the victim is started again in its own time. */
  kill(): void;
}

interface Reply {
  readonly code: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A request, what is to be done to it, and where it is noted. */
interface Met {
  readonly about: ApiRequest | undefined;
  readonly body: string;
  readonly effects: readonly RequestEffect[];
  readonly entry: JournalEntry | undefined;
}

const PASSED_ON = ['content-type', 'retry-after', 'warning'];
// prettier-ignore
const REASONS: Record<number, string> = {
  409: 'Conflict', 410: 'Expired', 422: 'Invalid', 429: 'TooManyRequests', 500: 'InternalError', 503: 'ServiceUnavailable',
};

/**
 * Stands between an operator and the API server, ends its TLS with a certificate of its own, hands on who it says it is, keeps a
 * journal and does to requests and events what the rules of the plan under way say.
 */
export class Gate {
  readonly journal = new Journal();
  private readonly versions = new Versions();
  private book = new RuleBook([]);
  private readonly older: OlderView;
  private readonly upstream: { requests: Agent; watches: Agent };
  private server: Server | undefined;
  /** Until when every request of the plan is refused, and with which code. */
  private outage = { until: -Infinity, code: 0 };
  /** Resources whose versions up to now the server claims not to know any more, until they are listed again. */
  private readonly expired = new Set<string>();
  private readonly watching = new Set<ServerResponse>();
  /** Faults under way: watches that say nothing for now, and requests to which something is being done. */
  private underWay = 0;
  victim: Victim = { life: 0, kill: () => undefined };

  constructor(
    private readonly target: { readonly origin: string; readonly ca: string },
    private readonly identity: GateIdentity,
    /** What of the cluster its operator may know of. */
    readonly scope: Scope,
  ) {
    this.upstream = {
      requests: new Agent({ connect: { ca: target.ca } }),
      watches: new Agent({ connect: { ca: target.ca }, bodyTimeout: 0 }),
    };
    this.older = new OlderView((path, headers) => this.ask('GET', path, headers, undefined));
  }

  /** Listens; resolves to the URL at which the operator finds it. */
  async start(): Promise<string> {
    const port = await freePort();
    const { certificate, key } = this.identity;
    const server = createServer({ cert: certificate, key, keepAliveTimeout: 60_000 }, (request, response) => {
      this.serve(request, response).catch(() => response.destroy());
    });
    this.server = server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return `https://127.0.0.1:${port}`;
  }

  /** From now on requests of this namespace are counted, and suffer what the book says. */
  follow(namespace: string, book: RuleBook): void {
    this.scope.enter(namespace);
    this.book = book;
    this.outage.until = -Infinity;
    this.older.forget();
  }

  /** Keeps how everything is now for the operator's next start. */
  async remember(): Promise<void> {
    await this.older.remember();
  }

  /** Whether an operator of the plan has been shown how everything was before. */
  get hasShownOlder(): boolean {
    return this.older.wasSeen;
  }

  /** Whether the operator has been shown the newest by now, and no fault is under way. */
  get isUpToDate(): boolean {
    return this.older.leftMs <= 0 && this.underWay === 0;
  }

  /** The operator is about to start once more; if a moment is remembered, it sees the world as it was then. */
  operatorReturns(): void {
    this.older.begin();
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
    await Promise.all([this.upstream.requests.destroy(), this.upstream.watches.destroy()]);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const about = apiRequestOf(request.method ?? 'GET', request.url ?? '/');
    const body = await textOf(request);
    // As a server from before 1.34: a list in pages is one that can be answered as it was before.
    if (about?.verb === 'watch' && /[?&]sendInitialEvents=true/.test(request.url ?? '')) {
      this.answer(response, refusal(422, about));
      return;
    }
    const { nth, effects } = this.meet(about);
    const entry = about && this.journal.add(this.entryOf(about, nth, { effects, body }));
    const handle = () => this.handle(request, response, { about, body, effects, entry });
    await (effects.length === 0 ? handle() : this.during(handle));
  }

  private async handle(request: IncomingMessage, response: ServerResponse, met: Met): Promise<void> {
    const { about, body, effects, entry } = met;
    await this.prepare(effects);
    const refused = this.refusedAnyway(about) ?? this.suffer(response, effects, 'before');
    if (response.destroyed) return;
    if (refused !== undefined) {
      this.answer(response, refusal(refused, about), entry);
    } else if (about?.verb === 'watch') {
      await this.watch(request, response, about, entry);
    } else {
      const before = this.versions.newest;
      const reply = await this.reply(request, body, about);
      if (entry !== undefined && about !== undefined && this.versions.isSpare(about, reply, before))
        entry.isSpare = true;
      const instead = this.suffer(response, effects, 'after');
      this.answer(response, instead === undefined ? reply : refusal(instead, about), entry);
    }
  }

  /** What is done whether the request is handed on or not. */
  private async prepare(effects: readonly RequestEffect[]): Promise<void> {
    for (const effect of effects) {
      if (effect.kind === 'remember') await this.older.remember();
      if (effect.kind === 'outage') this.beginOutage(effect);
      if (effect.kind === 'delay') await delay(effect.ms);
    }
  }

  /** Watches break, and can no more be opened than anything else. */
  private beginOutage({ ms, code }: { ms: number; code: number }): void {
    this.outage = { until: performance.now() + ms, code };
    for (const response of this.watching) response.destroy();
  }

  /** Breaks the connection, kills the operator, or returns the code that it is answered with. */
  private suffer(
    response: ServerResponse,
    effects: readonly RequestEffect[],
    when: 'before' | 'after',
  ): number | undefined {
    for (const effect of effects) {
      if (!('when' in effect) || effect.when !== when) continue;
      if (effect.kind === 'reply') return effect.code;
      if (effect.kind === 'kill') this.victim.kill();
      response.destroy();
    }
    return undefined;
  }

  /** The code with which a request is refused whatever its rules say. */
  private refusedAnyway(about: ApiRequest | undefined): number | undefined {
    if (about === undefined) return undefined;
    if (about.verb === 'list') this.expired.delete(about.resource);
    if (about.verb === 'watch' && this.expired.has(about.resource)) return 410;
    const isOfPlan = about.namespace === this.scope.current || about.verb === 'list' || about.verb === 'watch';
    return isOfPlan && performance.now() < this.outage.until ? this.outage.code : undefined;
  }

  /** Requests of other namespaces than the plan's are none of its business. */
  private meet(about: ApiRequest | undefined): { nth: number; effects: readonly RequestEffect[] } {
    if (about === undefined || (about.namespace ?? this.scope.current) !== this.scope.current)
      return { nth: 0, effects: [] };
    return this.book.meet(about) as { nth: number; effects: readonly RequestEffect[] };
  }

  private entryOf(
    about: ApiRequest,
    nth: number,
    { effects, body }: { effects: readonly RequestEffect[]; body: string },
  ): JournalEntry {
    const fault = effects.map((effect) => JSON.stringify(effect)).join(' ');
    return {
      ...{ ...about, nth, at: performance.now(), life: this.victim.life, code: 0 },
      ...(fault !== '' && { fault }),
      ...namedBy(about, body),
    };
  }

  private answer(response: ServerResponse, { code, headers, body }: Reply, entry?: JournalEntry): void {
    if (response.destroyed) return;
    if (entry !== undefined) entry.code = code;
    response.writeHead(code, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  }

  private async reply(request: IncomingMessage, body: string, about?: ApiRequest): Promise<Reply> {
    const path = request.url ?? '/';
    const headers = headersOf(request);
    if (about?.verb !== 'list') return this.ask(request.method as Dispatcher.HttpMethod, path, headers, body);
    const now = this.older.listing(path, headers) ?? (await this.ask('GET', path, headers, undefined));
    return now.code === 200 && about.namespace === undefined ? this.withinScope(now) : now;
  }

  private withinScope(reply: Reply): Reply {
    const list = JSON.parse(reply.body) as { items: KubernetesJson[] };
    const items = list.items.filter((item) => this.scope.seesObject(item));
    return { ...reply, body: JSON.stringify({ ...list, items }) };
  }

  private async ask(
    method: Dispatcher.HttpMethod,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
  ): Promise<Reply> {
    const answer = await this.upstream.requests.request({
      ...{ origin: this.target.origin, path, method, headers },
      body: body === '' ? undefined : body,
    });
    const passed = Object.entries(answer.headers).filter(([name]) => PASSED_ON.includes(name));
    const text = await answer.body.text();
    return { code: answer.statusCode, headers: Object.fromEntries(passed) as Record<string, string>, body: text };
  }

  private async watch(
    request: IncomingMessage,
    response: ServerResponse,
    about: ApiRequest,
    entry?: JournalEntry,
  ): Promise<void> {
    const ended = new AbortController();
    this.watching.add(response);
    response.once('close', () => {
      this.watching.delete(response);
      ended.abort();
    });
    const answer = await this.upstream.watches.request({
      ...{ origin: this.target.origin, path: request.url ?? '/', method: 'GET' },
      ...{ headers: headersOf(request), signal: ended.signal },
    });
    if (answer.statusCode !== 200) {
      const body = await answer.body.text();
      this.answer(response, { code: answer.statusCode, headers: {}, body }, entry);
      return;
    }
    if (entry !== undefined) entry.code = 200;
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    await this.older.isOver(ended.signal);
    for await (const line of linesOf(answer.body)) {
      this.versions.see(line);
      if (!this.isHeard(line)) continue;
      const isOpen = await this.tell(response, line, about);
      if (!isOpen) return;
    }
    response.end();
  }

  /** That something goes away is heard even from a namespace that is being cleaned up. */
  private isHeard(line: string): boolean {
    const namespace = Scope.namespaceOf(line);
    return line.startsWith('{"type":"DELETED"') ? this.scope.hearsEnd(namespace) : this.scope.sees(namespace);
  }

  /** Returns false when the stream has been ended. */
  private async tell(response: ServerResponse, line: string, about: ApiRequest): Promise<boolean> {
    const isCounted = Scope.namespaceOf(line) === this.scope.current && !line.startsWith('{"type":"BOOKMARK"');
    const effects = isCounted ? this.book.meet({ verb: 'event', resource: about.resource }).effects : [];
    for (const effect of effects as readonly EventEffect[]) {
      switch (effect.kind) {
        case 'hold':
          await this.silence(effect.ms);
          break;
        case 'repeat':
          for (let time = 1; time < effect.times; time++) response.write(`${line}\n`);
          break;
        case 'cut line':
          response.write(line.slice(0, line.length / 2), () => response.destroy());
          return false;
        case 'skip':
        case 'expire':
          if (effect.kind === 'skip') await this.silence(effect.ms);
          this.expired.add(about.resource);
          response.end(EXPIRED);
          return false;
        case 'garble':
          return response.write(`${line.slice(0, line.length / 2)}\n`) || !response.destroyed;
      }
    }
    return response.write(`${line}\n`) || !response.destroyed;
  }

  private async silence(ms: number): Promise<void> {
    await this.during(() => delay(ms));
  }

  private async during(fault: () => Promise<void>): Promise<void> {
    this.underWay += 1;
    await fault().finally(() => (this.underWay -= 1));
  }
}

/** A collection is deleted whoever is in it by then. */
function namedBy({ verb }: ApiRequest, body: string): Pick<JournalEntry, 'names'> {
  if (verb === 'deletecollection') return { names: 'whatever is there' };
  if (verb !== 'delete') return {};
  return { names: /"preconditions":\{"uid"/.test(body) ? 'an incarnation' : 'whatever is there' };
}

const EXPIRED = `${JSON.stringify({ type: 'ERROR', object: status(410, 'too old resource version: 1 (2)') })}\n`;

/** In the words of the API server; with 429 it says when to come again. */
function refusal(code: number, about: ApiRequest | undefined): Reply {
  const message = `the gate refuses to ${about?.verb} ${about?.resource}`;
  const headers = { 'content-type': 'application/json', ...(code === 429 && { 'retry-after': '1' }) };
  return { code, headers, body: JSON.stringify(status(code, message)) };
}

function status(code: number, message: string) {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: REASONS[code], code, message };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  return text;
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const { authorization = '', accept = 'application/json', 'content-type': type } = request.headers;
  const agent = request.headers['user-agent'] ?? '';
  return { authorization, accept, 'user-agent': agent, ...(type !== undefined && { 'content-type': type }) };
}
