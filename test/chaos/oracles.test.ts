import { expect } from 'chai';
import { History, type Change, type Seen } from './history.js';
import type { JournalEntry } from './journal.js';
import { violationsOf, type Evidence } from './oracles.js';

const MANAGED = { 'getporter.org/managed': 'true' };
let version = 0;

/** A made-up history, said in sentences. */
class Story {
  private readonly history = new History();
  private uids = new Map<string, string>();

  stored(
    kind: string,
    name: string,
    rest: { labels?: object; owner?: string; generation?: number; status?: object } = {},
  ): this {
    const known = this.uids.get(`${kind} ${name}`);
    const uid = known ?? `00000000-0000-4000-8000-${String((version += 1)).padStart(12, '0')}`;
    this.uids.set(`${kind} ${name}`, uid);
    return this.tell(known === undefined ? 'ADDED' : 'MODIFIED', { kind, name, uid, ...rest });
  }

  deleted(kind: string, name: string): this {
    const uid = this.uids.get(`${kind} ${name}`) ?? '';
    this.uids.delete(`${kind} ${name}`);
    return this.tell('DELETED', { kind, name, uid });
  }

  evidence(rest: Partial<Evidence> = {}): Evidence {
    const { changes, end, everSeen } = this.history;
    return { changes, end, everSeen, journal: [], openings: [], runs: [], quietAt: 0, misdeeds: [], ...rest };
  }

  private tell(
    type: Change['type'],
    {
      kind,
      name,
      uid,
      labels,
      owner,
      generation,
      status,
    }: Record<string, unknown> & { kind: string; name: string; uid: string },
  ): this {
    version += 1;
    const ownerReferences = owner === undefined ? undefined : [{ uid: this.uids.get(owner as string) ?? 'gone' }];
    const metadata = {
      name,
      namespace: 'chaos-1',
      uid,
      resourceVersion: String(version),
      labels,
      ownerReferences,
      generation,
    };
    this.history.add({ type, object: { kind, metadata, status } as unknown as Seen });
    return this;
  }
}

const readyFor = (generation: number, completed = generation) => ({
  observedGeneration: generation,
  completed: { generation: completed },
  conditions: [{ type: 'Ready', status: 'True', observedGeneration: generation }],
});

/** An Installation whose run of generation 1 has ended, before it is Ready unless told otherwise. */
function aRun(): Story {
  const ofShop = { ...MANAGED, 'getporter.org/resourceKind': 'Installation', 'getporter.org/resourceName': 'shop' };
  const ofAction = { ...MANAGED, 'getporter.org/resourceKind': 'AgentAction', 'getporter.org/resourceName': 'shop-1' };
  const agent = { ...ofAction, 'getporter.org/jobType': 'porter-agent' };
  return new Story()
    .stored('Installation', 'shop', { generation: 1 })
    .stored('AgentAction', 'shop-1', {
      labels: { ...ofShop, 'getporter.org/resourceGeneration': '1' },
      owner: 'Installation shop',
    })
    .stored('Job', 'shop-1-job', { labels: agent, owner: 'AgentAction shop-1' })
    .stored('Pod', 'shop-1-job-pod', { labels: agent, owner: 'Job shop-1-job', status: { phase: 'Succeeded' } });
}

const aReadyRun = () => aRun().stored('Installation', 'shop', { generation: 1, status: readyFor(1) });
const RUNS = ['install shop'];
const reference = aReadyRun().evidence({ runs: RUNS });

function oraclesAgainst(story: Story, rest: Partial<Evidence> = {}, expected = reference): string[] {
  return violationsOf(story.evidence({ runs: RUNS, ...rest }), expected).map(
    ({ oracle, told }) => `${oracle}: ${told}`,
  );
}

const WRITE = { verb: 'patch', resource: 'jobs', namespace: 'chaos-1', name: 'a', nth: 1, life: 1, code: 200 } as const;

describe('The oracles', () => {
  it('have nothing to say about a run that is like the undisturbed one', () => {
    expect(oraclesAgainst(aReadyRun())).to.deep.equal([]);
  });

  it('see that the end differs, and at what', () => {
    const story = aRun().stored('Installation', 'shop', { generation: 1, status: { ...readyFor(1), phase: 'Failed' } });
    expect(oraclesAgainst(story)).to.deep.equal([
      'the end is the same: Installation shop differs: .status.phase: undefined ≠ "Failed"',
    ]);
  });

  it('see what is missing and what is too much', () => {
    const found = oraclesAgainst(aReadyRun().deleted('Job', 'shop-1-job').stored('Secret', 'forgotten'));
    expect(found).to.include.members([
      'the end is the same: surplus: Secret forgotten',
      'the end is the same: missing: Job shop-1-job',
      'objects live as often: Secret forgotten lived 1 times instead of 0',
    ]);
  });

  it('see a wrong road that ends in the right place', () => {
    const job = { 'getporter.org/jobType': 'porter-agent', 'getporter.org/resourceName': 'shop-1' };
    const story = aReadyRun().stored('Job', 'twin', { labels: job, owner: 'AgentAction shop-1' });
    story.deleted('Job', 'twin').stored('Job', 'twin', { labels: job }).deleted('Job', 'twin');
    const found = oraclesAgainst(story);
    expect(found).to.include('objects live as often: Job twin lived 2 times instead of 0');
    expect(found.some((line) => line.startsWith('one agent Job per generation and retry: 2 agent Jobs'))).to.equal(
      true,
    );
  });

  it('do not mind outputs that were shown before a deletion was heard of, unless they are made twice', () => {
    const shown = () => aReadyRun().stored('InstallationOutput', 'shop').deleted('InstallationOutput', 'shop');
    expect(oraclesAgainst(shown())).to.deep.equal([]);
    const twice = shown().stored('InstallationOutput', 'shop').deleted('InstallationOutput', 'shop');
    expect(oraclesAgainst(twice)).to.deep.equal([
      'objects live as often: InstallationOutput shop lived 2 times instead of 0',
    ]);
  });

  it('see two agents for one generation though each has an action of its own', () => {
    const ofShop = { ...MANAGED, 'getporter.org/resourceKind': 'Installation', 'getporter.org/resourceName': 'shop' };
    const labels = { ...ofShop, 'getporter.org/resourceGeneration': '1' };
    const agent = { 'getporter.org/jobType': 'porter-agent', 'getporter.org/resourceName': 'shop-2' };
    const story = (generation: string) =>
      aReadyRun()
        .stored('AgentAction', 'shop-2', {
          labels: { ...labels, 'getporter.org/resourceGeneration': generation },
          owner: 'Installation shop',
        })
        .stored('Job', 'shop-2-job', { labels: agent, owner: 'AgentAction shop-2' });
    const found = (generation: string) =>
      oraclesAgainst(story(generation)).filter((line) => line.startsWith('one agent Job'));
    expect(found('1')).to.have.lengthOf(1);
    expect(found('1')[0]).to.include('2 agent Jobs for Installation shop');
    expect(found('2')).to.deep.equal([]);
  });

  it('see that what was completed is forgotten, and a condition that is told anew', () => {
    const since = (lastTransitionTime: string, completed = 1) => ({
      ...readyFor(1, completed),
      conditions: [{ ...readyFor(1).conditions[0], lastTransitionTime }],
    });
    const found = (...statuses: object[]) => {
      const story = aRun();
      for (const status of statuses) story.stored('Installation', 'shop', { generation: 1, status });
      return oraclesAgainst(story).filter((line) => line.startsWith('what is recorded stays'));
    };
    expect(found(since('noon'), since('noon'))).to.deep.equal([]);
    expect(found(since('noon'), since('one'))).to.deep.equal([
      'what is recorded stays: Installation shop: Ready is True since noon, and then since one',
    ]);
    expect(found(since('noon'), since('noon', 0))).to.deep.equal([
      'what is recorded stays: Installation shop has completed 1, and then 0',
    ]);
  });

  it('see a status that is written again, and other writes that change nothing when there are many', () => {
    const spare = { ...WRITE, at: 0, isSpare: true };
    const found = (...journal: JournalEntry[]) => oraclesAgainst(aReadyRun(), { journal, quietAt: 1 });
    expect(found(spare, spare, { ...spare, name: 'b' })).to.deep.equal([]);
    expect(found(spare, spare, spare)).to.deep.equal([
      'a write changes something: 3 times nothing was changed by: patch jobs a (200)',
    ]);
    expect(found({ ...spare, resource: 'jobs/status' })).to.have.lengthOf(1);
  });

  it('see lists and watches that are asked for in a loop', () => {
    const openings = Array.from({ length: 26 }, () => ({ ...WRITE, verb: 'watch', at: 0 }) as const);
    expect(oraclesAgainst(aReadyRun(), { openings: openings.slice(1) })).to.deep.equal([]);
    expect(oraclesAgainst(aReadyRun(), { openings })).to.deep.equal([
      'no loop: 26 times watch jobs, and 25 would be many',
    ]);
  });

  it('see who does not wait as long as the server has asked for', () => {
    const found = (...rest: Partial<JournalEntry>[]) => {
      const journal = [
        { ...WRITE, at: 0, code: 429 },
        ...rest.map((entry) => ({ ...WRITE, ...entry }) as JournalEntry),
      ];
      return oraclesAgainst(aReadyRun(), { journal, quietAt: 5_000 });
    };
    expect(found({ at: 1_001 }, { at: 5, name: 'b' }, { at: 5, life: 2 })).to.deep.equal([]);
    expect(found({ at: 900 })).to.deep.equal([
      'a server that asks for patience gets it: patch jobs a (200) came after 900 ms',
    ]);
  });

  it('see that Porter ran something twice', () => {
    expect(oraclesAgainst(aReadyRun(), { runs: [...RUNS, ...RUNS] })).to.deep.equal([
      'Porter runs the same: it ran install shop, install shop instead of install shop',
    ]);
  });

  it('see what is left behind when its owner is gone', () => {
    const after = aReadyRun().deleted('Installation', 'shop').deleted('AgentAction', 'shop-1');
    expect(oraclesAgainst(after).filter((line) => line.startsWith('nothing is left'))).to.deep.equal([
      'nothing is left behind: Job shop-1-job belongs to nobody',
    ]);
  });

  it('see a Ready that is told before the agent has ended', () => {
    const early = new Story().stored('Installation', 'shop', { generation: 1, status: readyFor(1) });
    expect(oraclesAgainst(early)).to.include(
      'the status is true: Installation shop is Ready for 1 before its agent has ended',
    );
  });

  it('see a Ready for a generation that has not been completed', () => {
    const wrong = aRun().stored('Installation', 'shop', { generation: 2, status: readyFor(2, 1) });
    expect(oraclesAgainst(wrong)).to.include(
      'the status is true: Installation shop is Ready for 2, and has completed 1',
    );
  });

  it('see a status that goes back', () => {
    const back = aReadyRun().stored('Installation', 'shop', { generation: 2, status: { observedGeneration: 0 } });
    expect(oraclesAgainst(back)).to.include('the status is true: Installation shop observes an older generation again');
  });

  it('see late writes, loops and deletions of whatever is there', () => {
    const refused = [404, 409].map((code) => ({ ...WRITE, at: 11, code }));
    const late = oraclesAgainst(aReadyRun(), { quietAt: 10, journal: [{ ...WRITE, at: 11 }, ...refused] });
    expect(late).to.deep.equal(['nothing is written in the end: late: patch jobs a (200)']);
    const loop = oraclesAgainst(aReadyRun(), {
      quietAt: 10,
      journal: Array.from({ length: 99 }, () => ({ ...WRITE, at: 9 })),
    });
    expect(loop).to.deep.equal(['no loop: 99 writes, and 40 would be many']);
    const blind = { ...WRITE, verb: 'delete', at: 9, names: 'whatever is there' } as const;
    expect(oraclesAgainst(aReadyRun(), { quietAt: 10, journal: [blind] })).to.deep.equal([
      'a deletion names an incarnation: delete jobs a (200)',
    ]);
  });

  it('see a process that suffers, and a workload without an end', () => {
    expect(oraclesAgainst(aReadyRun(), { misdeeds: ['it ended by itself'], failure: 'not Ready' })).to.deep.equal([
      'it comes to its end: not Ready',
      'the process stays well: it ended by itself',
    ]);
  });
});
