import type { Operator } from '../support/operator.js';
import type { Victim } from './gate.js';

/** Words that no log of an operator may have: mistakes of the program, and not what a fault makes it say. */
const DISTRESS =
  /unhandled|uncaught|TypeError|ReferenceError|RangeError|"level":"fatal"|a listener failed|cannot be indexed/i;

/** What an operator decides is worth knowing when it was wrong. */
const TALKATIVE = ['--log-level=debug'];

/** Milliseconds from one look at the process and its log to the next; of the log only the last few hundred lines are kept. */
const LOOK_MS = 250;

/** Keeps one operator running: ends it, kills it and starts it again, and knows when it ended without being told to. */
export class Supervisor implements Victim {
  private starting: Promise<void> = Promise.resolve();
  private readonly noted: { readonly at: number; readonly told: string }[] = [];
  private readonly heard = new Set<string>();
  /** How many ends and starts that we have told it to make are under way. */
  private orders = 0;
  private wanted = true;
  private looking: NodeJS.Timeout | undefined;

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
    this.looking = setInterval(() => this.look(), LOOK_MS);
  }

  kill(): void {
    if (this.hasDied) this.note('it was dead before it was killed');
    this.again(() => this.operator.kill());
  }

  /** SIGTERM and a new start, as when a Deployment is rolled out. */
  async restart(): Promise<void> {
    this.again(async () => {
      const code = await this.operator.stop();
      if (code !== 0) this.note(`it ended with exit code ${code} when it was asked to end`);
    });
    await this.starting;
  }

  /** Resolves when the operator that was killed last is up again. */
  async settled(): Promise<void> {
    await this.starting;
  }

  /** What the process did since then, by the clock of the journal, that no fault explains. */
  misdeedsSince(begun: number): string[] {
    this.look();
    return this.noted.filter(({ at }) => at >= begun).map(({ told }) => told);
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
    clearInterval(this.looking);
    await this.settled();
    await this.operator.kill();
  }

  /** Nobody has ended it, and it is not there. */
  private get hasDied(): boolean {
    return this.wanted && this.orders === 0 && !this.operator.isRunning;
  }

  /** Notes what the process has done by now; one that has ended is started again, as a kubelet would. */
  private look(): void {
    for (const line of this.operator.log().split('\n')) {
      if (!DISTRESS.test(line) || this.heard.has(line)) continue;
      this.heard.add(line);
      this.note(`its log says: ${line.slice(0, 400)}`);
    }
    if (!this.hasDied) return;
    this.note(`it ended by itself: ${this.operator.log(3)}`);
    this.again(() => Promise.resolve());
  }

  private note(told: string): void {
    this.noted.push({ at: performance.now(), told });
  }

  private again(end: () => Promise<unknown>): void {
    const before = this.starting;
    this.orders += 1;
    const ended = end();
    this.starting = Promise.all([before, ended])
      .then(async () => {
        this.onRestart();
        if (this.wanted && !this.operator.isRunning) await this.operator.start(TALKATIVE);
      })
      .catch((error: unknown) => this.note(`it cannot be started again: ${String(error)}`))
      .finally(() => (this.orders -= 1));
  }
}
