import { expect } from 'chai';
import type { AgentActionStatus } from '../../../api/porter/v1/agent-action.js';
import { AGENT_ACTIONS } from '../../../api/porter/v1/resources.js';
import type { Reader } from '../../../runtime/cache/index.js';
import type { Resource } from '../../../runtime/client/index.js';
import { JOBS, PODS } from '../../../runtime/client/index.js';
import type { StoredPod } from './agent-exit.js';
import { Blockers } from './blockers.js';
import type { Action, StoredJob } from './launch-facts.js';

const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-01-01T00:00:01Z';
const DONE = { verdict: { source: 'ExitCode', result: 'Succeeded', reason: 'Succeeded', message: '' } } as const;
const COMPLETE = { status: { conditions: [{ type: 'Complete', status: 'True' }] } };

function anAction(name: string, status?: AgentActionStatus): Action {
  const metadata = {
    name,
    namespace: 'shop',
    uid: name,
    resourceVersion: '1',
    creationTimestamp: EARLY,
    generation: 2,
  };
  return { metadata, spec: { installation: { namespace: 'dev', name: 'web' } }, status };
}

const begun = (startedAt: string): AgentActionStatus => ({ observedGeneration: 2, startedAt, job: { name: 'job' } });

/** A Job made for a run of `owner`. */
function aJob(owner: string, generation = 2, more: object = {}): StoredJob {
  const labels = { 'getporter.org/resourceGeneration': `${generation}`, 'getporter.org/retry': '' };
  const metadata = { name: `job-of-${owner}`, uid: `job-${owner}`, labels, ownerReferences: [{ uid: owner }] };
  return { metadata, ...more } as unknown as StoredJob;
}

function aPod(job: string, phase: string): StoredPod {
  return { metadata: { name: 'pod', ownerReferences: [{ uid: job }] }, status: { phase } } as unknown as StoredPod;
}

interface Scene {
  readonly actions?: readonly Action[];
  readonly jobs?: readonly StoredJob[];
  readonly pods?: readonly StoredPod[];
}

/** Blockers that see this on one installation. */
function blockersOf({ actions = [], jobs = [], pods = [] }: Scene): Blockers {
  const seen = new Map<Resource, readonly object[]>([
    [AGENT_ACTIONS, actions],
    [JOBS, jobs],
    [PODS, pods],
  ]);
  return new Blockers({ byIndex: (resource: Resource) => seen.get(resource) ?? [] } as unknown as Reader);
}

describe('Blockers', () => {
  const [one, two] = [anAction('one'), anAction('two')];

  it('give an installation to one of two that want it at the same time', () => {
    const blockers = blockersOf({ actions: [one, two] });
    expect([one, two].map((action) => blockers.find(action))).to.deep.equal([undefined, undefined]);
    expect(blockers.claim(one)).to.equal(undefined);
    expect(blockers.claim(two)).to.deep.equal({ kind: 'Busy', by: 'AgentAction one' });
    expect(blockers.claim(one), 'once more').to.equal(undefined);
  });

  it('give it to the other one when the first does not begin after all', () => {
    const blockers = blockersOf({ actions: [one, two] });
    blockers.claim(one);
    blockers.release(two);
    expect(blockers.claim(two)?.by).to.equal('AgentAction one');
    blockers.release(one);
    expect(blockers.claim(two)).to.equal(undefined);
  });

  it('know after a restart who has begun, and who has ended', () => {
    for (const [status, by] of [
      [begun(EARLY), 'AgentAction one'],
      [{ ...begun(EARLY), ...DONE }, undefined],
      [{ observedGeneration: 2 }, undefined],
    ] as const) {
      expect(blockersOf({ actions: [anAction('one', status), two] }).claim(two)?.by).to.equal(by);
    }
  });

  it('let exactly one of two go on that have both begun', () => {
    for (const [first, second] of [
      [anAction('one', begun(EARLY)), anAction('two', begun(LATE))],
      [anAction('two', begun(EARLY)), anAction('one', begun(LATE))],
      [anAction('one', begun(EARLY)), anAction('two', begun(EARLY))],
    ] as const) {
      const blockers = blockersOf({ actions: [second, first] });
      expect(blockers.busy(first)).to.equal(undefined);
      expect(blockers.busy(second)?.by).to.equal(`AgentAction ${first.metadata.name}`);
    }
  });

  it('do not let one that has begun wait for a newcomer', () => {
    const action = anAction('one', begun(EARLY));
    const blockers = blockersOf({ actions: [two] });
    blockers.claim(two);
    expect(blockersOf({ actions: [action, two] }).busy(action)).to.equal(undefined);
    expect(blockers.busy(action)).to.equal(undefined);
  });

  const leftovers: [string, Scene, string | undefined][] = [
    ['a Job whose action is gone', { jobs: [aJob('gone')] }, 'Job job-of-gone'],
    ['such a Job that has ended', { jobs: [aJob('gone', 2, COMPLETE)] }, undefined],
    ['its own Job of an earlier generation', { jobs: [aJob('one', 1)] }, 'Job job-of-one'],
    ['its own Job of this run', { jobs: [aJob('one')] }, undefined],
    ['a claimed Job that nobody has started', { jobs: [aJob('gone', 2, { spec: { suspend: true } })] }, undefined],
    ['a Pod whose Job is gone', { pods: [aPod('gone', 'Running')] }, 'Pod pod'],
    ['such a Pod that has ended', { pods: [aPod('gone', 'Failed')] }, undefined],
    ['the Pod of its own Job', { jobs: [aJob('one')], pods: [aPod('job-one', 'Pending')] }, undefined],
  ];
  for (const [what, scene, by] of leftovers) {
    it(`${by === undefined ? 'do not wait' : 'wait'} for ${what}`, () => {
      expect(blockersOf(scene).busy(one)?.by).to.equal(by);
    });
  }

  it('hand over a bundle that was left behind, and no agent', () => {
    const bundle = aJob('gone');
    Object.assign(bundle.metadata.labels as object, { 'getporter.org/jobType': 'bundle-installer' });
    expect(blockersOf({ jobs: [bundle] }).busy(one)?.job).to.equal(bundle);
    expect(blockersOf({ jobs: [aJob('gone')] }).busy(one)?.job).to.equal(undefined);
  });
});
