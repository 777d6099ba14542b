import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyPair } from '../../runtime/tls/index.js';
import { createAuthority, issueCertificate } from '../../runtime/tls/certificates.js';
import { Database } from '../../cmd/state-store/persistence/database.js';
import { Commands } from '../../cmd/state-store/query/commands.js';
import { Authentication } from '../../cmd/state-store/wire/authentication.js';
import { FrontDoor } from '../../cmd/state-store/wire/front-door.js';
import { WireServer } from '../../cmd/state-store/wire/server.js';
import { embeddedUrl, tenantPassword } from '../../integrations/porter/state/index.js';
import { silentLogger } from '../../runtime/telemetry/index.js';
import { MemoryRecordStore } from './memory-record-store.js';

const ACCESS_KEY = 'an access key for tests';

/** The state store's server in this process, over records in memory: TLS, logins, commands, all but Kubernetes. */
export class ServedDatabase {
  readonly records = new MemoryRecordStore();
  readonly commands: Commands;
  port = 0;
  private door = new FrontDoor();
  private server: WireServer | undefined;
  private certificate: KeyPair = { certificate: '', key: '' };
  private readonly folder = mkdtempSync(join(tmpdir(), 'porterops-served-'));
  private readonly database = new Database(this.records, Date.now);

  constructor() {
    const authentication = new Authentication(ACCESS_KEY);
    this.commands = new Commands({ database: this.database, authentication, now: Date.now });
  }

  async start(): Promise<this> {
    const authority = await createAuthority('porterops state store', Date.now());
    this.certificate = await issueCertificate(authority, ['localhost', '127.0.0.1'], Date.now());
    writeFileSync(this.caFile, authority.certificate);
    await this.database.fill();
    await this.resume(0);
    return this;
  }

  /** Goes away as a restart does; what it knows stays. @param withinMs how long clients may go on that are at work */
  async pause(withinMs = 1000): Promise<void> {
    this.door.close();
    await this.server?.drain(withinMs);
  }

  /** Ends all connections, as when the machine is gone; new ones are taken. */
  cutConnections(): void {
    this.server?.cutOff();
  }

  async resume(port: number): Promise<void> {
    const { certificate, key } = this.certificate;
    const server = new WireServer({ cert: certificate, key }, this.commands.handle, silentLogger);
    this.server = server;
    this.door = new FrontDoor();
    this.door.open((socket) => server.take(socket));
    this.port = await this.door.listen({ host: '127.0.0.1', port });
  }

  get caFile(): string {
    return join(this.folder, 'ca.crt');
  }

  /** The connection string of a user, with the right password unless another is given. */
  url(user: string, options: { password?: string; database?: string } = {}): string {
    const { password = tenantPassword(ACCESS_KEY, user), database } = options;
    return embeddedUrl({ host: '127.0.0.1', port: this.port, user, password, database, caFile: this.caFile });
  }

  async stop(): Promise<void> {
    await this.pause();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
