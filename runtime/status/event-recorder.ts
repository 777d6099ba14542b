import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { inject, injectable } from 'inversify';
import type { DeepReadonly, KubernetesJson, Resource, Stored } from '../client/index.js';
import { Client, isNamespaceTerminating, isNotFound, withoutSignal } from '../client/index.js';
import { Clock } from '../clock/index.js';
import { Rbac } from '../schema/index.js';
import { Logger } from '../telemetry/index.js';
import { EventSeries } from './event-series.js';

/** What happened, for people who look at `kubectl describe`. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  /** CamelCase word. */
  reason: string;
  /** A sentence; cut to 1,024 characters. */
  message: string;
  /** CamelCase verb: what the controller was doing. */
  action: string;
  /** True: when the object's namespace is being deleted and takes no event, it is told of the namespace itself. */
  isLast?: boolean;
}

/** `events.k8s.io/v1`. */
type EventObject = KubernetesJson & {
  eventTime: string;
  reportingController: string;
  reportingInstance: string;
  action: string;
  reason: string;
  note: string;
  type: string;
  regarding: Record<string, string | undefined>;
  series?: { count: number; lastObservedTime: string };
};

const EVENTS: Resource<EventObject> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

const REPORTER = 'porterops';
/** Limits of the API. */
const LONGEST_NOTE = 1024;
const LONGEST_NAME = 128;
/** Events are worth less than the requests of a storm of them; what exceeds this is dropped. */
const MOST_WAITING = 500;
/** So few at a time leave the connections to those who work. */
const SENDERS = 2;

type Regarded = DeepReadonly<Stored<KubernetesJson>>;

/** Tells of objects without ever delaying or failing the one who tells; repetitions become one event with a count. */
@injectable()
@Rbac({ groups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] })
export class EventRecorder {
  private readonly series = new EventSeries();
  private readonly waiting: (() => Promise<unknown>)[] = [];
  private senders = 0;
  private idle: (() => void)[] = [];

  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly log: Logger,
  ) {}

  /** Returns at once; what could not be sent is forgotten. */
  record(object: Regarded, note: EventNote): void {
    if (this.waiting.length >= MOST_WAITING) return;
    this.waiting.push(() => this.send(object, note));
    if (this.senders < SENDERS) void withoutSignal(() => this.drain());
  }

  /** Resolves when everything recorded so far has been sent or given up. */
  flush(): Promise<void> {
    return this.senders === 0 ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }

  private async drain(): Promise<void> {
    this.senders++;
    for (let send = this.waiting.shift(); send !== undefined; send = this.waiting.shift()) {
      await send().catch((err: unknown) => this.log.debug({ err }, 'an event could not be recorded'));
    }
    this.senders--;
    if (this.senders === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  private async send(object: Regarded, note: EventNote): Promise<void> {
    const now = this.clock.now();
    const namespace = object.metadata.namespace ?? 'default';
    const same = [object.metadata.uid, note.type, note.reason, note.action, note.message].join('\n');
    const entry = this.series.next(same, now, () => eventName(object.metadata.name, same, now));
    const key = { namespace, name: entry.name };
    if (entry.count === 1) await this.create(object, note, { key, now });
    else await this.repeat(key, { count: entry.count, lastObservedTime: microTime(now) });
  }

  private async create(object: Regarded, note: EventNote, at: { key: Key; now: number }): Promise<void> {
    try {
      await this.client.create(EVENTS, eventOf(object, note, at));
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
      if (note.isLast === true) await this.client.create(EVENTS, eventOf(namespaceOf(object), note, ofCluster(at)));
    }
  }

  /** The event may have expired meanwhile: an hour is the server's usual memory. */
  private async repeat(key: Key, series: { count: number; lastObservedTime: string }): Promise<void> {
    try {
      await this.client.patch(EVENTS, key, { series });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

type Key = { namespace: string; name: string };

function namespaceOf({ metadata }: Regarded): KubernetesJson {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: metadata.namespace ?? 'default' } };
}

/** Events about what has no namespace are in `default`. */
function ofCluster({ key, now }: { key: Key; now: number }): { key: Key; now: number } {
  return { key: { ...key, namespace: 'default' }, now };
}

function eventOf(
  object: DeepReadonly<KubernetesJson>,
  note: EventNote,
  { key, now }: { key: Key; now: number },
): EventObject {
  const { apiVersion, kind, metadata } = object;
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    metadata: key,
    eventTime: microTime(now),
    reportingController: REPORTER,
    reportingInstance: hostname().slice(0, LONGEST_NAME),
    action: note.action.slice(0, LONGEST_NAME),
    reason: note.reason.slice(0, LONGEST_NAME),
    note: note.message.slice(0, LONGEST_NOTE),
    type: note.type,
    regarding: { apiVersion, kind, namespace, name, uid, resourceVersion },
  };
}

/** Unlike any other event's, also of another process. */
function eventName(about: string, same: string, now: number): string {
  const hash = createHash('sha256').update(`${hostname()}\n${process.pid}\n${now}\n${same}`).digest('hex');
  return `${about.slice(0, 200)}.${hash.slice(0, 16)}`;
}

/** RFC 3339 with microseconds, as the API wants it here. */
function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
