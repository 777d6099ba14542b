import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { endsWithUs } from '../support/children.js';

const VERSION = '1.47.0';
const FOLDER = 'test/conformance';
const FETCH_MS = 5 * 60_000;
const run = promisify(execFile);

/** `de.bwaldvogel:mongo-java-server`, an implementation of MongoDB's protocol that shares nothing with ours. */
export class MongoJavaServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** Rejects with what is missing on this machine: Java 17, or Maven to fetch it the first time. */
  static async start(): Promise<MongoJavaServer> {
    const child = endsWithUs(
      spawn('java', ['-Xmx512m', '-cp', `${await jars()}/*`, `${FOLDER}/Server.java`], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const failed = new Promise<never>((_resolve, reject) => {
      child.once('error', reject).once('exit', (code) => reject(new Error(`java ended with exit code ${code}`)));
    });
    failed.catch(() => undefined);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), failed]);
    return new MongoJavaServer(child, Number(first.value));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin?.end();
    await ended;
  }
}

/** The folder of its jars, fetched once. */
async function jars(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'porterops', 'mongo-java-server');
  const folder = join(cache, VERSION);
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  const args = [
    '-q',
    '-B',
    '-f',
    join(FOLDER, 'pom.xml'),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${fresh}`,
  ];
  await run('mvn', args, { timeout: FETCH_MS }).catch(async (error: unknown) => {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  });
  await rename(fresh, folder);
  return folder;
}
