import { expect } from 'chai';
import type { Widget } from '../../test/support/widgets.js';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import type { Reader } from '../cache/index.js';
import type { DeepReadonly, Stored } from '../client/index.js';
import { ApiError } from '../client/index.js';
import { Reconciles } from '../controller/index.js';
import type { EventNote } from '../status/index.js';
import { silentLogger } from '../telemetry/index.js';
import type { Acted } from './outcome.js';
import { done, progress, retry, stalled, wait } from './outcome.js';
import type { ObserveContext, PassContext, ReconcileContext, Snapshot } from './pass.js';
import { Reconciler } from './reconciler.js';
import type { ReconcilerDeps } from './reconciler-deps.js';

type Decision = { readonly action: 'Act' };
const NOW = Date.parse('2026-01-02T03:04:05Z');
const KEY = { namespace: 'default', name: 'one' };

/** Does what the test says. */
@Reconciles(WIDGETS, { finalizer: 'mine' })
class Told extends Reconciler<Widget, Snapshot<Widget>, Decision, string> {
  acts: () => Acted<string> = () => ({ outcome: done(), observed: 'all' });
  observed: Snapshot<Widget>[] = [];
  contexts: ReconcileContext<Snapshot<Widget>>[] = [];
  status: Widget['status'] | undefined = { size: 1 };

  watch(): void {
    // It is never watched here.
  }

  observe(object: DeepReadonly<Stored<Widget>>, _reader: Reader, { now }: ObserveContext): Promise<Snapshot<Widget>> {
    this.observed.push({ object, now });
    return Promise.resolve({ object, now });
  }

  decide(): Decision {
    return { action: 'Act' };
  }

  act(_decision: Decision, context: ReconcileContext<Snapshot<Widget>>): Promise<Acted<string>> {
    this.contexts.push(context);
    return Promise.resolve().then(() => this.acts());
  }

  describeStatus(): Widget['status'] | undefined {
    return this.status;
  }
}

@Reconciles({ ...WIDGETS, specRequired: true }, { finalizer: 'mine' })
class Demanding extends Told {}

@Reconciles(WIDGETS, { events: 'warnings' })
class Quiet extends Told {}

describe('Reconciler', () => {
  let object: DeepReadonly<Stored<Widget>> | undefined;
  let statuses: NonNullable<Widget['status']>[];
  let events: EventNote[];
  let deps: ReconcilerDeps;
  let reconciler: Told;

  function stored(more: Partial<Widget['metadata']> = {}): Stored<Widget> {
    const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '', generation: 4, finalizers: ['mine'] };
    return { ...aWidget('one'), metadata: { ...aWidget('one').metadata, ...metadata, ...more } };
  }

  beforeEach(() => {
    object = stored();
    statuses = [];
    events = [];
    deps = {
      reader: { get: () => object },
      clock: { now: () => NOW },
      status: {
        write: (_resource: unknown, found: object, status: NonNullable<Widget['status']>) => {
          statuses.push(status);
          return Promise.resolve({ ...found, status });
        },
      },
      events: { record: (_object: unknown, note: EventNote) => events.push(note) },
      finalizers: { add: () => Promise.resolve(stored({ resourceVersion: '2' })) },
    } as unknown as ReconcilerDeps;
    reconciler = new Told(deps);
  });

  const pass = (more: Partial<PassContext> = {}) =>
    reconciler.reconcile(KEY, { signal: new AbortController().signal, log: silentLogger, failures: 0, ...more });
  const throwing = (error: unknown) => {
    reconciler.acts = () => {
      throw error;
    };
  };
  const readyOf = (status: Widget['status']) => status?.conditions?.find(({ type }) => type === 'Ready');
  const api = (code: number, reason: string) => new ApiError(`HTTP ${code}`, { code, reason });

  it('observes, decides, acts and records, in one pass', async () => {
    expect(await pass()).to.deep.equal(done());
    expect(reconciler.observed).to.deep.equal([{ object, now: NOW }]);
    expect(reconciler.contexts[0]).to.deep.include({ key: KEY, snapshot: { object, now: NOW } });
    expect(statuses).to.deep.equal([{ size: 1 }]);
  });

  it('does nothing for an object that has gone', async () => {
    object = undefined;
    expect(await pass()).to.deep.equal(done());
    expect([reconciler.observed, statuses]).to.deep.equal([[], []]);
  });

  it('does nothing for an object that goes away without owing it anything', async () => {
    object = stored({ finalizers: ['theirs'], deletionTimestamp: '2026-01-01T00:00:00Z' });
    await pass();
    expect(reconciler.observed).to.deep.equal([]);
  });

  it('goes on in the same pass with the object that has the finalizer', async () => {
    object = stored({ finalizers: [] });
    await pass();
    expect(reconciler.observed[0]?.object.metadata.resourceVersion).to.equal('2');
  });

  it('writes nothing when its kind describes nothing', async () => {
    reconciler.status = undefined;
    await pass();
    expect(statuses).to.deep.equal([]);
  });

  it('tells an error in the conditions and leaves the rest of the status alone', async () => {
    object = { ...stored(), status: { size: 7 } };
    throwing(api(403, 'Forbidden'));
    expect((await pass()).kind).to.equal('retry');
    expect(statuses[0]?.size).to.equal(7);
    expect(readyOf(statuses[0])).to.include({ status: 'False', reason: 'Forbidden', message: 'HTTP 403' });
    expect(events).to.deep.equal([{ type: 'Warning', reason: 'Forbidden', message: 'HTTP 403', action: 'Reconcile' }]);
  });

  for (const [what, error] of [
    ['a conflict', api(409, 'Conflict')],
    ['a missing object', api(404, 'NotFound')],
    ['a name that is taken', api(409, 'AlreadyExists')],
  ] as const) {
    it(`makes no fuss about ${what}, unless it lasts`, async () => {
      throwing(error);
      expect(await pass({ failures: 2 })).to.deep.equal(retry(error));
      expect([statuses, events]).to.deep.equal([[], []]);
      expect(await pass({ failures: 3 })).to.deep.equal(retry(error));
      expect(readyOf(statuses[0])).to.include({ status: 'False', reason: error.reason, message: error.message });
      expect(events.map(({ type }) => type)).to.deep.equal(['Warning']);
    });
  }

  it('tells a refusal for a reason that no condition can carry', async () => {
    throwing(api(403, 'not on a Friday'));
    await pass();
    expect(readyOf(statuses[0])).to.include({ reason: 'Failed', message: 'HTTP 403' });
  });

  it('tells trouble of the API server only when it lasts', async () => {
    throwing(api(503, 'ServiceUnavailable'));
    await pass({ failures: 2 });
    expect(statuses).to.deep.equal([]);
    await pass({ failures: 3 });
    expect(readyOf(statuses[0])?.reason).to.equal('ServiceUnavailable');
  });

  it('does not blame the object for being cut off', async () => {
    throwing(new Error('aborted'));
    const abort = new AbortController();
    abort.abort();
    await pass({ signal: abort.signal });
    expect(statuses).to.deep.equal([]);
  });

  it('makes an error of what is none', async () => {
    throwing('text');
    expect(await pass()).to.deep.include({ kind: 'retry' });
    expect(readyOf(statuses[0])?.message).to.equal('text');
  });

  it('keeps the outcome when the failure cannot be told', async () => {
    throwing(api(403, 'Forbidden'));
    deps.status.write = () => Promise.reject(api(403, 'Forbidden'));
    expect((await pass()).kind).to.equal('retry');
  });

  it('stalls an action that claims progress again and again, but not for a status that could not be written', async () => {
    const written = deps.status;
    reconciler.acts = () => ({ outcome: progress(), observed: '' });
    Object.assign(deps, { status: { write: () => Promise.reject(api(500, 'InternalError')) } });
    for (let failures = 0; failures < 5; failures++) expect((await pass({ failures })).kind).to.equal('retry');
    Object.assign(deps, { status: written });
    for (let times = 0; times < 3; times++) expect(await pass()).to.deep.equal(progress());
    expect(await pass()).to.deep.include({ kind: 'stalled', reason: 'NoProgress' });
  });

  describe('of a kind that requires a spec, for an object without one', () => {
    let released: string[];
    const bare = (more: Partial<Widget['metadata']> = {}) => {
      const { spec: _spec, ...rest } = stored(more);
      return rest as Stored<Widget>;
    };

    beforeEach(() => {
      released = [];
      deps.finalizers.remove = (_resource, _object, name) => {
        released.push(name);
        return Promise.resolve();
      };
      reconciler = new Demanding(deps);
    });

    it('is stalled, names the field and asks its kind nothing', async () => {
      object = { ...bare({ finalizers: [] }), status: { size: 7 } };
      expect(await pass()).to.deep.include({ kind: 'stalled', reason: 'InvalidSpec' });
      expect(statuses[0]?.size).to.equal(7);
      expect(readyOf(statuses[0])?.message).to.match(/^spec is missing: /);
      expect(reconciler.observed).to.deep.equal([]);
    });

    it('takes null for missing', async () => {
      object = { ...bare(), spec: null } as unknown as Stored<Widget>;
      expect((await pass()).kind).to.equal('stalled');
    });

    it('lets it go when it is deleted, and says that nothing was undone', async () => {
      object = bare({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['theirs', 'mine'] });
      expect(await pass()).to.deep.equal(done());
      expect(released).to.deep.equal(['mine']);
      expect(events.map(({ type, reason, action }) => [type, reason, action])).to.deep.equal([
        ['Warning', 'InvalidSpec', 'LetGo'],
      ]);
    });

    it('has nothing to do with its deletion when it does not hold it', async () => {
      object = bare({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['theirs'] });
      expect(await pass()).to.deep.equal(done());
      expect([released, events, statuses]).to.deep.equal([[], [], []]);
    });
  });

  it('tells only warnings for kinds whose parent tells the story', async () => {
    reconciler = new Quiet(deps);
    const describe = (reason: string) => {
      const condition = { type: 'Ready', status: 'False' as const, reason, message: '', lastTransitionTime: '' };
      reconciler.status = { conditions: [condition] };
    };
    describe('Waiting');
    reconciler.acts = () => ({ outcome: wait('Waiting', ''), observed: '' });
    await pass();
    expect(events).to.deep.equal([]);
    describe('Broken');
    reconciler.acts = () => ({ outcome: stalled('Broken', ''), observed: '' });
    await pass();
    expect(events.map(({ reason }) => reason)).to.deep.equal(['Broken']);
  });
});
