import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { endsWithUs } from './children.js';
import { eventually } from './eventually.js';

/** Programs are started hundreds of times: what Node has compiled once need not be compiled again. */
const COMPILE_CACHE = 'node_modules/.cache/compile';
const KEPT_LINES = 400;
const ANSWER_DEADLINE_MS = 5_000;
const START_ATTEMPTS = 3;
const STOP_DEADLINE_MS = 30_000;

/** One of the bundled programs (`dist/<name>.js`) as a child process of the tests. */
export class Program {
  private child: ChildProcess | undefined;
  private healthPort = 0;
  private readonly lines: string[] = [];
  private startCount = 0;

  constructor(
    private readonly file: string,
    private readonly options: { args: readonly string[]; env?: Record<string, string>; nodeArgs?: readonly string[] },
  ) {}

  /** Starts the program and waits until /readyz says so. Extra arguments come after the usual ones. */
  async start(extraArgs: readonly string[] = []): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.tryToStart(extraArgs);
        return;
      } catch (error) {
        // Somebody else was faster to take the port that was free a moment ago.
        if (attempt === START_ATTEMPTS || !String(error).includes('EADDRINUSE')) throw error;
      }
    }
  }

  private async tryToStart(extraArgs: readonly string[]): Promise<void> {
    if (this.isRunning) throw new Error(`${this.file} is already running`);
    this.startCount += 1;
    this.healthPort = await freePort();
    const args = [
      ...(this.options.nodeArgs ?? []),
      this.file,
      ...[...this.options.args, `--health-probe-bind-address=127.0.0.1:${this.healthPort}`, ...extraArgs],
    ];
    const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...this.options.env };
    const child = endsWithUs(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => this.keep(text));
    }
    const ready = await eventually(`${this.file} is ready`, async () => {
      if (!this.isRunning) return 'ended';
      const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
      return (await fetch(`http://127.0.0.1:${this.healthPort}/readyz`, { signal })).ok;
    }).catch(async (error: unknown) => {
      await this.kill();
      throw new Error(`${String(error)}\n${this.log(30)}`);
    });
    if (ready === 'ended') throw new Error(`${this.file} ended with exit code ${child.exitCode}\n${this.log(30)}`);
  }

  /** What /healthz or /readyz says, as `<status> <text>`; rejects when there is no answer within some seconds. */
  async probe(path: string): Promise<string> {
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const response = await fetch(`http://127.0.0.1:${this.healthPort}${path}`, { signal });
    return `${response.status} ${await response.text()}`;
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** How often it has been started: whoever finds the same number again knows that it has not been away meanwhile. */
  get starts(): number {
    return this.startCount;
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`${this.file} has not been started`);
    return this.child.pid;
  }

  /** SIGKILL: the program has no chance to finish anything. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** SIGTERM; returns the exit code. A program that needs too long is killed, which is an error. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  async restart(): Promise<void> {
    if (this.isRunning) await this.stop();
    await this.start();
  }

  /** The last lines of stdout and stderr, oldest first. */
  log(lines = KEPT_LINES): string {
    return this.lines.slice(-lines).join('\n');
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child;
    if (child === undefined || !this.isRunning) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    const code = await ended;
    clearTimeout(timer);
    if (signal === 'SIGTERM' && child.signalCode === 'SIGKILL') {
      throw new Error(`${this.file} did not end within ${STOP_DEADLINE_MS / 1000} s of SIGTERM\n${this.log(30)}`);
    }
    return code;
  }

  private keep(text: string): void {
    this.lines.push(...text.split('\n').filter((line) => line !== ''));
    if (this.lines.length > 2 * KEPT_LINES) this.lines.splice(0, this.lines.length - KEPT_LINES);
  }
}

/**
 * A TCP port of the loopback interface that nobody listens on; below those that a kernel gives to outgoing connections,
 * one of which could have it before the program that it is meant for.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(10_000, 20_000);
    if (await canListen(port)) return port;
  }
  throw new Error('no TCP port between 10000 and 20000 is free');
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
