import type { Operator } from '../support/operator.js';
import type { Victim } from './gate.js';

/** Words that no log of an operator may have. */
const DISTRESS = /unhandled|uncaught|TypeError|ReferenceError|RangeError|"level":60/i;

/** What an operator decides is worth knowing when it was wrong. */
const TALKATIVE = ['--log-level=debug'];

/** Keeps one operator running: ends it, kills it and starts it again, and knows when it ended without being told to. */
export class Supervisor implements Victim {
  private starting: Promise<void> = Promise.resolve();
  private readonly failures: string[] = [];
  private wanted = true;

  constructor(
    readonly operator: Operator,
    /** Is called before each further life begins. */
    private readonly onRestart: () => void,
  ) {}

  get life(): number {
    return this.operator.starts;
  }

  async start(): Promise<void> {
    await this.operator.start(TALKATIVE);
  }

  kill(): void {
    this.again(() => this.operator.kill());
  }

  /** SIGTERM and a new start, as when a Deployment is rolled out. */
  async restart(): Promise<void> {
    this.again(async () => {
      const code = await this.operator.stop();
      if (code !== 0) this.failures.push(`it ended with exit code ${code} when it was asked to end`);
    });
    await this.starting;
  }

  /** Resolves when the operator that was killed last is up again. */
  async settled(): Promise<void> {
    await this.starting;
  }

  /** What the process did that no fault explains, since it was asked last; an operator that has ended is started again. */
  async misdeeds(): Promise<string[]> {
    await this.settled();
    if (!this.operator.isRunning && this.wanted) {
      this.failures.push(`it ended by itself: ${this.operator.log(3)}`);
      await this.operator.start(TALKATIVE);
    }
    const distress = this.operator
      .log()
      .split('\n')
      .filter((line) => DISTRESS.test(line) && !this.told.has(line));
    for (const line of distress) this.told.add(line);
    return [...this.failures.splice(0), ...distress.map((line) => `its log says: ${line.slice(0, 400)}`)];
  }

  /** What the operator said of a namespace, as far as that is kept. */
  wordsAbout(namespace: string): string[] {
    return this.operator
      .log()
      .split('\n')
      .filter((line) => line.includes(`"${namespace}"`) || !line.includes('"namespace"'));
  }

  async stop(): Promise<void> {
    this.wanted = false;
    await this.settled().catch(() => undefined);
    await this.operator.kill();
  }

  private readonly told = new Set<string>();

  private again(end: () => Promise<unknown>): void {
    const before = this.starting;
    const ended = end();
    this.starting = Promise.all([before, ended])
      .then(async () => {
        this.onRestart();
        if (this.wanted && !this.operator.isRunning) await this.operator.start(TALKATIVE);
      })
      .catch((error: unknown) => {
        this.failures.push(`it cannot be started again: ${String(error)}`);
      });
  }
}
