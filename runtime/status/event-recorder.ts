import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { inject, injectable } from 'inversify';
import type { DeepReadonly, KubernetesJson, Resource, Stored } from '../client/index.js';
import { Client, isNamespaceTerminating, isNotFound, withoutSignal } from '../client/index.js';
import { Clock, microTime } from '../clock/index.js';
import { Rbac } from '../schema/index.js';
import { Logger } from '../telemetry/index.js';
import { EventSeries } from './event-series.js';

/** What happened, for people who look at `kubectl describe`. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  /** CamelCase word. */
  reason: string;
  /** A sentence; cut to 1,024 bytes. */
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
/** Limits of the API, in bytes of UTF-8. */
const LONGEST_NOTE = 1024;
const LONGEST_NAME = 128;
/** Events are worth less than the requests of a storm of them; what exceeds this in a lane is dropped. */
const MOST_WAITING = 250;
/** So few at a time leave the connections to those who work. */
const LANES = 2;

/** Events that are sent one after the other: those about one object share a lane, so an event is there before it is repeated. */
interface Lane {
  readonly waiting: (() => Promise<unknown>)[];
  isBusy: boolean;
}

type Regarded = DeepReadonly<Stored<KubernetesJson>>;

/** Tells of objects without ever delaying or failing the one who tells; repetitions become one event with a count. */
@injectable()
@Rbac({ groups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] })
export class EventRecorder {
  private readonly series = new EventSeries();
  private readonly lanes: readonly Lane[] = Array.from({ length: LANES }, () => ({ waiting: [], isBusy: false }));
  private idle: (() => void)[] = [];

  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly log: Logger,
  ) {}

  /** Returns at once; what could not be sent is forgotten. */
  record(object: Regarded, note: EventNote): void {
    const { uid } = object.metadata;
    const lane = this.lanes[uid.charCodeAt(uid.length - 1) % LANES];
    if (lane === undefined || lane.waiting.length >= MOST_WAITING) return;
    lane.waiting.push(() => this.send(object, note));
    if (!lane.isBusy) void withoutSignal(() => this.drain(lane));
  }

  /** Resolves when everything recorded so far has been sent or given up. */
  flush(): Promise<void> {
    return this.isIdle() ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }

  private isIdle(): boolean {
    return this.lanes.every(({ isBusy }) => !isBusy);
  }

  private async drain(lane: Lane): Promise<void> {
    const { waiting } = lane;
    lane.isBusy = true;
    for (let send = waiting.shift(); send !== undefined; send = waiting.shift()) {
      await send().catch((err: unknown) => this.log.debug({ err }, 'an event could not be recorded'));
    }
    lane.isBusy = false;
    if (this.isIdle()) for (const resolve of this.idle.splice(0)) resolve();
  }

  private async send(object: Regarded, note: EventNote): Promise<void> {
    const now = this.clock.now();
    const same = [object.metadata.uid, note.type, note.reason, note.action, note.message].join('\n');
    const namespace = object.metadata.namespace ?? 'default';
    const { name, count } = this.series.next(same, now, () => eventName(object.metadata.name, same, now));
    const key = { namespace, name };
    if (count > 1) {
      if (await this.repeat(key, { count, lastObservedTime: microTime(now) })) return;
      this.series.forget(same);
      return this.send(object, note);
    }
    try {
      await this.create(object, note, { key, now });
    } catch (error) {
      this.series.forget(same);
      throw error;
    }
  }

  private async create(object: Regarded, note: EventNote, at: { key: Key; now: number }): Promise<void> {
    try {
      await this.client.create(EVENTS, eventOf(object, note, at));
    } catch (error) {
      if (!isNamespaceTerminating(error) || note.isLast !== true) throw error;
      await this.client.create(EVENTS, eventOf(namespaceOf(object), note, ofCluster(at)));
    }
  }

  /** False when the event has expired meanwhile: an hour is the server's usual memory. */
  private async repeat(key: Key, series: { count: number; lastObservedTime: string }): Promise<boolean> {
    try {
      await this.client.patch(EVENTS, key, { series });
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return false;
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
    action: cut(note.action, LONGEST_NAME),
    reason: cut(note.reason, LONGEST_NAME),
    note: cut(note.message, LONGEST_NOTE),
    type: note.type,
    regarding: { apiVersion, kind, namespace, name, uid, resourceVersion },
  };
}

/** As much of a text as fits into so many bytes, in whole characters. */
function cut(text: string, bytes: number): string {
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(bytes)).read);
}

/** Unlike any other event's, also of another process. */
function eventName(about: string, same: string, now: number): string {
  const hash = createHash('sha256').update(`${hostname()}\n${process.pid}\n${now}\n${same}`).digest('hex');
  return `${about.slice(0, 200)}.${hash.slice(0, 16)}`;
}
