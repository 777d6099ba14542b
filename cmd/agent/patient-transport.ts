import { isTransient, type ApiRequest, type StreamRequest, type Transport } from '../../runtime/client/index.js';
import type { AgentLog } from './agent-log.js';
import type { Deadline } from './deadline.js';
import { messageOf } from './failure.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** A log may be gone together with its node, and a result without it is better than none. */
const LOG_PATIENCE_MS = 60_000;

/**
 * An API server that may be away for minutes: every request is sent again until the deadline, also one whose reply was
 * lost. All that the agent does bears that, since names and ids follow from the run.
 */
export class PatientTransport implements Transport {
  constructor(
    private readonly transport: Transport,
    private readonly deadline: Deadline,
    private readonly log: AgentLog,
  ) {}

  async send(request: ApiRequest): Promise<string> {
    const began = this.deadline.remainingMs();
    const patienceMs = request.path.endsWith('/log') ? LOG_PATIENCE_MS : Infinity;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await this.transport.send(request);
      } catch (error) {
        const isOver = this.deadline.isOver || began - this.deadline.remainingMs() > patienceMs;
        if (!isTransient(error) || isOver) throw error;
        this.log.info(`waiting for the API server: ${messageOf(error)}`);
        await this.deadline.pause(pauseMs);
      }
    }
  }

  stream(request: StreamRequest): AsyncIterable<string> {
    return this.transport.stream(request);
  }

  /** Whoever opened the connection closes it. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
