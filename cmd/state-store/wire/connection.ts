import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Document } from 'bson';
import { Double } from 'bson';
import type { Logger } from '../../../runtime/telemetry/index.js';
import { CommandError, ProtocolError } from './command-error.js';
import type { Frame } from './frames.js';
import { FrameReader, MAX_ANONYMOUS_MESSAGE_BYTES, MAX_MESSAGE_BYTES } from './frames.js';
import type { Request } from './messages.js';
import { encodeReply, parseRequest } from './messages.js';
import type { Session } from './session.js';

/** Carries out a command; throws {@link CommandError} to refuse it. */
export type CommandHandler = (request: Request, session: Session) => Promise<Document>;

/** How long a client that is not logged in may be silent; drivers' monitors say hello every ten seconds or minute. */
const ANONYMOUS_SILENCE_MS = 120_000;
const RETIRE_POLL_MS = 50;

/** Serves one client: one request at a time, in order, and never more of them in memory than that. */
export class Connection {
  private readonly reader: FrameReader;
  private busy = false;
  private quietSince = performance.now();
  private replies = 0;

  constructor(
    private readonly socket: Socket,
    private readonly session: Session,
    private readonly handle: CommandHandler,
    private readonly log: Logger,
  ) {
    this.reader = new FrameReader(() => (this.anonymous ? MAX_ANONYMOUS_MESSAGE_BYTES : MAX_MESSAGE_BYTES));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.setTimeout(ANONYMOUS_SILENCE_MS, () => {
      if (this.anonymous) socket.destroy();
    });
  }

  /** Returns when the connection is over; never throws. */
  async serve(): Promise<void> {
    try {
      for await (const chunk of this.socket as AsyncIterable<Buffer>) {
        this.reader.push(chunk);
        if (!(await this.answerAll())) break;
      }
    } catch (error) {
      if (error instanceof ProtocolError) this.log.warn({ reason: error.message }, 'closing a malformed connection');
      else this.log.debug({ err: error }, 'connection broke');
    }
    this.socket.destroySoon();
  }

  /** Ends the connection when its client has not asked for anything for so long. */
  retire(quietMs: number): void {
    const left = this.quietSince + quietMs - performance.now();
    if (!this.busy && !this.reader.incomplete && left <= 0) this.finish();
    else if (!this.socket.destroyed) setTimeout(() => this.retire(quietMs), Math.max(left, RETIRE_POLL_MS)).unref();
  }

  /** Ends the connection after the answer under way, or now if there is none. */
  finish(): void {
    this.session.closing = true;
    if (!this.busy) this.socket.destroySoon();
  }

  private get anonymous(): boolean {
    return this.session.principal === undefined;
  }

  /** Answers what is there; false when the connection shall end. */
  private async answerAll(): Promise<boolean> {
    for (let frame = this.reader.next(); frame !== undefined; frame = this.reader.next()) {
      this.busy = true;
      await this.answer(frame);
      this.busy = false;
      this.quietSince = performance.now();
      if (this.session.closing) return false;
    }
    return true;
  }

  private async answer(frame: Frame): Promise<void> {
    const request = parseRequest(frame);
    const reply = await this.replyTo(request);
    if (!request.expectsReply) return;
    this.replies += 1;
    const bytes = encodeReply(request, this.replies, reply);
    if (!this.socket.write(bytes) && !this.socket.destroyed) {
      await Promise.race([once(this.socket, 'drain'), once(this.socket, 'close')]);
    }
  }

  private async replyTo(request: Request): Promise<Document> {
    try {
      return { ...(await this.handle(request, this.session)), ok: new Double(1) };
    } catch (error) {
      if (error instanceof CommandError) return failure(error);
      this.log.error({ err: error, command: request.name }, 'command failed');
      return { ok: new Double(0), errmsg: 'internal error', code: 1, codeName: 'InternalError' };
    }
  }
}

function failure(error: CommandError): Document {
  return { ...error.details, ok: new Double(0), errmsg: error.message, code: error.code, codeName: error.codeName };
}
