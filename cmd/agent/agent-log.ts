import { redact } from '../../integrations/porter/index.js';

/** Writes one line, without its end. */
export type LineSink = (line: string) => void;

/** What the container's log shows. Every secret value that the agent learns of is told here, and never appears. */
export class AgentLog {
  private readonly secrets = new Set<string>();

  constructor(
    private readonly sink: LineSink,
    private readonly quiet = false,
  ) {}

  /** Values that must not appear from now on. */
  hide(...values: string[]): void {
    for (const value of values) this.secrets.add(value);
  }

  /** All values that were told to be hidden. */
  hidden(): string[] {
    return [...this.secrets];
  }

  /** Says what happens; `facts` follow in Porter's way, as JSON after a tab. */
  info(message: string, facts?: Readonly<Record<string, unknown>>): void {
    if (!this.quiet) this.write(facts === undefined ? message : `${message}\t${JSON.stringify(facts)}`);
  }

  /** What a command prints as its result; never left out. */
  print(text: string): void {
    this.write(text);
  }

  /** The text as it may be shown and kept. */
  redacted(text: string): string {
    return redact(text, this.secrets);
  }

  private write(text: string): void {
    for (const line of this.redacted(text).split('\n')) this.sink(line);
  }
}
