import type { Document } from 'bson';
import type { Fence } from '../../../runtime/client/index.js';
import { NO_FENCE, NotLeadingError } from '../../../runtime/client/index.js';
import type { Database } from '../persistence/database.js';
import type { Authentication } from '../wire/authentication.js';
import { withinLogLimit } from '../retention/log-limit.js';
import type { Pruner } from '../retention/pruner.js';
import { CommandError } from '../wire/command-error.js';
import type { CommandHandler } from '../wire/connection.js';
import { greet } from '../wire/greeting.js';
import type { Request } from '../wire/messages.js';
import type { Session } from '../wire/session.js';
import { collectionOf, objectsAt } from './arguments.js';
import type { Call } from './call.js';
import { assertHeeded } from './command-options.js';
import { Cursors } from './cursors.js';
import { aggregateCommand, count, distinct, find, getMore, killCursors } from './read-commands.js';
import { labelled, retryableWriteOf } from './retryable-write.js';
import { createIndexes, drop, dropDatabase, dropIndexes, listCollections, listIndexes } from './schema-commands.js';
import { insert, remove, update } from './write-commands.js';

/** The release whose answers are given; what it can do beyond them is refused by name. */
const VERSION = '7.0.0';

type SessionCommand = (request: Request, session: Session) => Promise<Document> | Document;
type DataCommand = (call: Call) => Promise<Document> | Document;

export interface CommandsOptions {
  readonly database: Database;
  readonly authentication: Authentication;
  readonly now: () => number;
  /** Shut when another store may serve: what this one knows may be out of date. */
  readonly fence?: Fence;
  /** What is kept of runs; without it, everything. */
  readonly retention?: {
    /** Bytes of one log; 0 is any length. */
    readonly logLimit: number;
    readonly pruner: Pruner;
  };
}

/** Everything that a client may ask for; all else is CommandNotFound. */
export class Commands {
  private readonly cursors: Cursors;
  /** For everybody, before they have logged in. */
  private readonly session: ReadonlyMap<string, SessionCommand>;
  private readonly reads: ReadonlyMap<string, DataCommand>;
  private readonly writes: ReadonlyMap<string, DataCommand>;

  constructor(private readonly options: CommandsOptions) {
    this.cursors = new Cursors(options.now);
    this.session = this.sessionCommands();
    this.reads = this.readCommands();
    this.writes = new Map<string, DataCommand>(
      Object.entries({
        ...{ insert: (call: Call) => this.insert(call), update, delete: remove },
        ...{ createIndexes, dropIndexes, drop, dropDatabase },
      }),
    );
  }

  /** All commands that there are. */
  get names(): string[] {
    return [...this.session.keys(), ...BUILD_INFO_NAMES, ...this.reads.keys(), ...this.writes.keys()];
  }

  /** Carries out one command of one client. */
  readonly handle: CommandHandler = async (request, session) => {
    const anonymous = this.session.get(request.name);
    if (anonymous !== undefined) return anonymous(request, session);
    if (request.legacy) throw new CommandError('UnsupportedOpQueryCommand', `${request.name} must be sent as OP_MSG`);
    const { principal } = session;
    if (principal === undefined) throw new CommandError('Unauthorized', `${request.name} requires authentication`);
    if (BUILD_INFO_NAMES.includes(request.name)) return BUILD_INFO;
    return this.data(request, principal);
  };

  private async data(request: Request, principal: NonNullable<Session['principal']>): Promise<Document> {
    const { name, body } = request;
    const write = this.writes.get(name);
    const command = write ?? this.reads.get(name);
    if (command === undefined) throw new CommandError('CommandNotFound', `no such command: '${name}'`);
    if (write !== undefined && principal.manager) {
      throw new CommandError('Unauthorized', `not authorized on ${request.database} to execute command ${name}`);
    }
    const retry = retryableWriteOf(name, body);
    assertHeeded(name, body);
    const tenant = this.options.database.tenant(principal.manager ? request.database : principal.user);
    try {
      await tenant.assertReadable();
      const answer = await command({ request, body, tenant, retry });
      this.assertServing();
      return answer;
    } catch (error) {
      throw retry === undefined ? error : labelled(error);
    }
  }

  /** What was found out is true only if it was still so when nobody else could have changed it. */
  private assertServing(): void {
    const { fence = NO_FENCE } = this.options;
    try {
      fence.allowance();
    } catch (error) {
      if (!(error instanceof NotLeadingError)) throw error;
      throw new CommandError('ShutdownInProgress', 'another store may serve by now; ask again');
    }
  }

  private async insert(call: Call): Promise<Document> {
    const { retention } = this.options;
    if (retention === undefined) return insert(call);
    const name = collectionOf(call.body);
    const answer = await insert(call, (document) => withinLogLimit(name, document, retention.logLimit));
    if (name === 'results') retention.pruner.noticed(call.tenant, objectsAt(call.body, 'documents'));
    return answer;
  }

  private sessionCommands(): ReadonlyMap<string, SessionCommand> {
    const { authentication } = this.options;
    const hello: SessionCommand = (request, session) => greet(session, request.body, authentication);
    return new Map<string, SessionCommand>([
      ['hello', hello],
      ['isMaster', hello],
      ['ismaster', hello],
      ['saslStart', ({ body }, session) => authentication.start(session, body)],
      ['saslContinue', ({ body }, session) => authentication.continue(session, body)],
      ['ping', () => ({})],
      ['endSessions', () => ({})],
      ['refreshSessions', () => ({})],
    ]);
  }

  private readCommands(): ReadonlyMap<string, DataCommand> {
    const { cursors } = this;
    return new Map<string, DataCommand>([
      ['find', (call) => find(call, cursors)],
      ['aggregate', (call) => aggregateCommand(call, cursors)],
      ['count', count],
      ['distinct', distinct],
      ['getMore', (call) => getMore(call, cursors)],
      ['killCursors', (call) => killCursors(call, cursors)],
      ['listIndexes', listIndexes],
      ['listCollections', listCollections],
    ]);
  }
}

const BUILD_INFO_NAMES = ['buildInfo', 'buildinfo'];
const BUILD_INFO = {
  version: VERSION,
  versionArray: VERSION.split('.').map(Number).concat(0),
  maxBsonObjectSize: 16 * 1024 * 1024,
  bits: 64,
  modules: [],
};
