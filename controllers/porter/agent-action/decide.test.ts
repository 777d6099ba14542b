import { expect } from 'chai';
import fc from 'fast-check';
import type { AgentAction, AgentActionStatus, Verdict } from '../../../api/porter/v1/agent-action.js';
import type { Stored } from '../../../runtime/client/index.js';
import type { AgentRun } from '../../agent-run/job/agent-run.js';
import type { StoredPod } from './agent-exit.js';
import type { ActionDecision } from './decide.js';
import { decideAction } from './decide.js';
import type { LaunchFacts, StoredJob } from './launch-facts.js';
import { namesOf } from './launch-facts.js';
import type { ActionSnapshot } from './snapshot.js';
import { stageOf } from './stage.js';
import { describeAction } from './status.js';
import type { Evidence } from './verdict.js';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const LAUNCHED_AT = '2026-01-01T00:00:00.000Z';
const INSTALLATION_OWNER = {
  apiVersion: 'getporter.org/v1',
  kind: 'Installation',
  name: 'web',
  uid: 'p',
  controller: true,
};
const READY = { type: 'Ready', status: 'False', reason: 'X', message: '', lastTransitionTime: '' } as const;
const SCHEDULED = { ...READY, type: 'Scheduled', status: 'True' } as const;
const VERDICT: Verdict = { source: 'ExitCode', result: 'Succeeded', reason: 'Succeeded', message: '' };

interface Given {
  status?: AgentActionStatus;
  generation?: number;
  retry?: string;
  owned?: boolean;
  args?: string[];
  installation?: { namespace: string; name: string };
  /** What the annotation says of a lost run. */
  lost?: string;
}

function anAction({
  status,
  generation = 1,
  retry,
  owned = false,
  args = ['invoke', 'web'],
  installation,
  lost,
}: Given = {}): Stored<AgentAction> {
  const annotations = {
    ...(retry !== undefined && { 'getporter.org/retry': retry }),
    ...(lost !== undefined && { 'getporter.org/lost-run': lost }),
  };
  return {
    metadata: {
      ...{ name: 'act', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: LAUNCHED_AT, generation },
      annotations,
      ...(owned && { ownerReferences: [INSTALLATION_OWNER] }),
    },
    spec: { args, installation },
    status,
  };
}

function aJob(
  more: {
    name?: string;
    labels?: Record<string, string>;
    spec?: object;
    status?: object;
    type?: string;
    isGated?: boolean;
  } = {},
): StoredJob {
  const labels = { 'getporter.org/resourceGeneration': '1', 'getporter.org/retry': '', ...more.labels };
  return {
    metadata: {
      ...{
        name: more.name ?? 'job',
        namespace: 'shop',
        uid: 'j',
        resourceVersion: '1',
        creationTimestamp: LAUNCHED_AT,
      },
      labels: { ...labels, 'getporter.org/jobType': more.type ?? 'porter-agent' },
      ...(more.isGated === true && { annotations: { 'getporter.org/launch': '{}' } }),
    },
    spec: { backoffLimit: 0, ...more.spec },
    status: more.status,
  } as unknown as StoredJob;
}

function aPod(status: object): StoredPod {
  const metadata = {
    name: 'job-x',
    namespace: 'shop',
    uid: 'pod',
    resourceVersion: '1',
    creationTimestamp: LAUNCHED_AT,
  };
  return { metadata: { ...metadata, ownerReferences: [{ uid: 'j' }] }, status } as unknown as StoredPod;
}

const LAUNCHED: AgentActionStatus = {
  ...{ observedGeneration: 1, attempt: 1, agent: 'Porter', startedAt: LAUNCHED_AT, job: { name: 'job' } },
  ...{ phase: 'Pending', conditions: [READY] },
};
const SEEN: AgentActionStatus = { ...LAUNCHED, conditions: [READY, SCHEDULED] };
const ENDED_POD = aPod({ phase: 'Succeeded' });
const BEGUN_POD = aPod({
  phase: 'Pending',
  initContainerStatuses: [{ name: 'secrets-restore', state: { running: { startedAt: LAUNCHED_AT } } }],
});

function snapshotOf(object: Stored<AgentAction>, more: Partial<ActionSnapshot> = {}): ActionSnapshot {
  const { jobs = [], bundleJobs = [], pods = [] } = more;
  const stage = stageOf(object, { jobs, pods, isComplete: () => true });
  const config = { agent: 'Porter' } as AgentRun['config'];
  const plan = { run: { config } as AgentRun };
  return { object, now: NOW, stage, plan, lastRun: {}, ...more, jobs, bundleJobs, pods };
}

function evidence(more: Partial<Evidence> = {}): Evidence {
  const launch = {
    generation: 1,
    retry: '',
    attempt: 1,
    agent: 'Porter',
    startedAt: LAUNCHED_AT,
    job: 'job',
  } as LaunchFacts;
  return { launch, revisions: [], bundleIsLive: false, args: [], ...more };
}

const decide = (given: Given, more: Partial<ActionSnapshot> = {}): ActionDecision =>
  decideAction(snapshotOf(anAction(given), more));

describe('stageOf', () => {
  const stages: [string, Given, readonly StoredJob[], readonly StoredPod[], string][] = [
    ['nothing is known', {}, [], [], 'Due'],
    [
      'it only waited so far',
      { status: { observedGeneration: 1, phase: 'Pending', conditions: [READY] } },
      [],
      [],
      'Due',
    ],
    ['its Job is there and its status empty', {}, [aJob()], [], 'Found'],
    ['only the Job of another generation is there', { generation: 2 }, [aJob()], [], 'Due'],
    ['only the Job from before a retry is there', { retry: 'again' }, [aJob()], [], 'Due'],
    ['a launch is recorded', { status: LAUNCHED }, [], [], 'Recorded'],
    ['its Job runs', { status: LAUNCHED }, [aJob()], [], 'Active'],
    ['its Pod has ended', { status: LAUNCHED }, [aJob()], [ENDED_POD], 'Ended'],
    ['its Pod has failed for good', { status: LAUNCHED }, [aJob()], [aPod({ phase: 'Failed' })], 'Ended'],
    [
      'its Pod has failed, but its Job tries again',
      { status: LAUNCHED },
      [aJob({ spec: { backoffLimit: 6 } })],
      [aPod({ phase: 'Failed' })],
      'Active',
    ],
    [
      'its Pod was evicted, and its Job replaces it',
      { status: LAUNCHED },
      [aJob({ spec: { podFailurePolicy: { rules: [] } } })],
      [aPod({ phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True' }] })],
      'Active',
    ],
    [
      'its Job has failed',
      { status: LAUNCHED },
      [aJob({ status: { conditions: [{ type: 'Failed', status: 'True' }] } })],
      [],
      'Ended',
    ],
    ['its Job has vanished', { status: { ...LAUNCHED, conditions: [READY, SCHEDULED] } }, [], [], 'Missing'],
    ['a changed spec waits for the run that is under way', { generation: 2, status: LAUNCHED }, [aJob()], [], 'Active'],
    ['its result is recorded', { status: { ...LAUNCHED, verdict: VERDICT } }, [], [], 'Finished'],
    [
      'its result is recorded and its spec changed',
      { generation: 2, status: { ...LAUNCHED, verdict: VERDICT } },
      [],
      [],
      'Due',
    ],
    [
      'its result is recorded and a retry wanted',
      { retry: 'again', status: { ...LAUNCHED, verdict: VERDICT } },
      [],
      [],
      'Due',
    ],
    ['the Go operator finished it', { status: { observedGeneration: 1, phase: 'Failed' } }, [], [], 'Inherited'],
    [
      'the Go operator finished an older generation',
      { generation: 2, status: { observedGeneration: 1, phase: 'Failed' } },
      [],
      [],
      'Due',
    ],
    ['the Go operator lost a user action', { status: { observedGeneration: 1, phase: 'Unknown' } }, [], [], 'Lost'],
    [
      'the Go operator lost the run of an Installation',
      { owned: true, status: { observedGeneration: 1, phase: 'Unknown' } },
      [],
      [],
      'Due',
    ],
    [
      'the Go operator’s Job still runs',
      { status: { observedGeneration: 1, phase: 'Running' } },
      [aJob()],
      [],
      'Found',
    ],
  ];
  for (const [when, given, jobs, pods, kind] of stages) {
    it(`is ${kind} when ${when}`, () => {
      expect(stageOf(anAction(given), { jobs, pods, isComplete: () => true }).kind).to.equal(kind);
    });
  }

  const launching: [string, AgentActionStatus, StoredJob, readonly StoredPod[], string][] = [
    ['its Job is not known to be complete', LAUNCHED, aJob({ isGated: true }), [], 'Recorded'],
    ['such a Job has a Pod that waits', LAUNCHED, aJob({ isGated: true }), [aPod({ phase: 'Pending' })], 'Recorded'],
    ['such a Job has a Pod that has begun', LAUNCHED, aJob({ isGated: true }), [BEGUN_POD], 'Active'],
    ['such a Job has ended', LAUNCHED, aJob({ isGated: true }), [ENDED_POD], 'Ended'],
    ['its launch was once seen to be complete', SEEN, aJob({ isGated: true }), [], 'Active'],
    ['the Go operator made its Job', LAUNCHED, aJob(), [], 'Active'],
  ];
  for (const [when, status, job, pods, kind] of launching) {
    it(`is ${kind} after a restart when ${when}`, () => {
      const made = { jobs: [job], pods, isComplete: () => false };
      expect(stageOf(anAction({ status }), made).kind).to.equal(kind);
    });
  }
});

describe('decideAction', () => {
  it('writes down a launch before it makes anything', () => {
    const decision = decide({}, { lastRun: { id: 'R0' } });
    expect(decision.action).to.equal('RecordLaunch');
    expect('launch' in decision && decision.launch).to.deep.include({
      attempt: 1,
      lastRunId: 'R0',
      agent: 'Porter',
      retry: '',
    });
  });

  it('counts attempts', () => {
    const decision = decide({ retry: 'again', status: { ...LAUNCHED, attempt: 2, verdict: VERDICT } });
    expect('launch' in decision && decision.launch).to.deep.include({ attempt: 3, retry: 'again' });
  });

  it('goes on with a launch whose Job was found, and takes one of the Go operator for complete', () => {
    expect(decide({}, { jobs: [aJob({ isGated: true })] })).to.include({ action: 'RecordFound', isComplete: false });
    expect(decide({}, { jobs: [aJob()] })).to.include({ action: 'RecordFound', isComplete: true });
  });

  it('completes a launch that was cut off, unless another run has begun meanwhile', () => {
    const jobs = [aJob({ isGated: true })];
    const stage = stageOf(anAction({ status: LAUNCHED }), { jobs, pods: [], isComplete: () => false });
    expect(decide({ status: LAUNCHED }, { jobs, stage }).action).to.equal('Launch');
    const blocker = { kind: 'Busy', by: 'AgentAction other' } as const;
    const decision = decide({ status: LAUNCHED }, { jobs, stage, blocker });
    expect('problem' in decision && decision.problem.reason).to.equal('RunInProgress');
  });

  it('launches nothing while the store cannot be reached', () => {
    const problem = { reason: 'StateStoreUnavailable', message: 'away' };
    expect(decide({}, { lastRun: { problem } })).to.deep.equal({ action: 'Await', problem });
  });

  it('launches nothing while something is missing', () => {
    const problem = { reason: 'SecretNotFound', message: 'which' };
    expect(decide({}, { plan: { problem } })).to.deep.equal({ action: 'Await', problem });
  });

  it('gives a bundle that was left behind an owner while it waits for it', () => {
    const job = aJob({ type: 'bundle-installer' });
    const decision = decide({}, { blocker: { kind: 'Busy', by: 'Job job', job } });
    expect(decision).to.deep.include({ action: 'Await', orphans: [job] });
  });

  it('never launches what a newer change has replaced', () => {
    const decision = decide({ owned: true }, { blocker: { kind: 'Superseded', by: 'newer' } });
    expect('verdict' in decision && decision.verdict).to.deep.include({ result: 'Failed', reason: 'Superseded' });
  });

  it('judges nothing while the store cannot be reached', () => {
    const problem = { reason: 'StateStoreUnavailable', message: 'away' };
    const decision = decide({ status: LAUNCHED }, { jobs: [aJob()], pods: [ENDED_POD], evidenceProblem: problem });
    expect(decision).to.deep.equal({ action: 'Await', problem });
  });

  it('launches the lost run of a parent again under a name of its own', () => {
    const status = { ...LAUNCHED, conditions: [READY, SCHEDULED] };
    const decision = decide({ owned: true, status }, { evidence: evidence() });
    expect(decision.action).to.equal('RecordLaunch');
    expect('launch' in decision && decision.launch.attempt).to.equal(2);
    expect('launch' in decision && decision.launch.job).not.to.be.oneOf([
      'job',
      namesOf(anAction(), { generation: 1, retry: '' }).job,
    ]);
  });

  it('does not launch a lost run again that is on record', () => {
    const run = {
      run: { _id: 'R1', revision: 'r', action: 'install', created: LAUNCHED_AT },
      result: { status: 'succeeded' },
    } as const;
    const status = { ...LAUNCHED, conditions: [READY, SCHEDULED] };
    const decision = decide({ owned: true, status }, { evidence: evidence({ records: { runs: [run] } }) });
    expect(decision).to.deep.include({ action: 'Conclude', runId: 'R1' });
  });

  describe('of a run whose AgentAction had vanished before its end was known', () => {
    const lost = { startedAt: LAUNCHED_AT, lastRunId: 'R0' };
    const given: Given = { owned: true, installation: { namespace: 'dev', name: 'web' }, lost: JSON.stringify(lost) };
    const recorded = (status?: 'succeeded' | 'failed' | 'running') => ({
      run: { _id: 'R1', revision: 'r', action: 'install', created: LAUNCHED_AT },
      ...(status && { result: { status } }),
    });
    const found = (...runs: ReturnType<typeof recorded>[]) => evidence({ records: { runs } });

    for (const [status, result, reason] of [
      ['succeeded', 'Succeeded', 'Succeeded'],
      ['failed', 'Failed', 'RunFailed'],
      ['running', 'Unknown', 'RunResultMissing'],
      [undefined, 'Unknown', 'RunResultMissing'],
    ] as const) {
      it(`concludes ${result} from a newer run that is ${status ?? 'without a result'}`, () => {
        const decision = decide(given, { evidence: found(recorded(status)) });
        expect('verdict' in decision && decision.verdict).to.include({ result, reason });
      });
    }

    it('launches it when the record shows that nothing ran', () => {
      expect(decide(given, { evidence: found() }).action).to.equal('RecordLaunch');
    });

    it('does not guess without a record', () => {
      const decision = decide(given, { evidence: evidence() });
      expect('verdict' in decision && decision.verdict).to.include({ result: 'Unknown', reason: 'OutcomeUnknown' });
    });

    it('waits for the store, and for what is left of it', () => {
      const evidenceProblem = { reason: 'StateStoreUnavailable', message: 'away' };
      expect(decide(given, { evidenceProblem })).to.deep.equal({ action: 'Await', problem: evidenceProblem });
      const blocker = { kind: 'Busy', by: 'Pod web-x' } as const;
      const decision = decide(given, { evidence: found(recorded('running')), blocker });
      expect('problem' in decision && decision.problem.reason).to.equal('RunInProgress');
    });

    it('is no matter any more for a retry of the action, or when nothing can be read of it', () => {
      for (const more of [{ retry: 'again' }, { generation: 2 }, { lost: 'no JSON' }]) {
        expect(decide({ ...given, ...more }).action).to.equal('RecordLaunch');
      }
    });
  });

  it('never launches the lost run of a user again', () => {
    const status = { ...LAUNCHED, conditions: [READY, SCHEDULED] };
    const decision = decide({ status }, { evidence: evidence() });
    expect('verdict' in decision && decision.verdict).to.deep.include({ result: 'Unknown', reason: 'OutcomeUnknown' });
  });

  describe('of a run whose Job has vanished', () => {
    const status = { ...LAUNCHED, conditions: [READY, SCHEDULED] };
    const given: Given = { owned: true, status, installation: { namespace: 'dev', name: 'web' } };
    const labels = { 'getporter.org/resourceGeneration': '1', 'getporter.org/retry': '' };
    const left = (phase: string) => ({
      ...aPod({ phase }),
      metadata: { ...aPod({}).metadata, labels, ownerReferences: [] },
    });

    it('waits for a Pod that still works', () => {
      const decision = decide(given, { evidence: evidence({ records: { runs: [] } }), pods: [left('Running')] });
      expect('problem' in decision && decision.problem).to.deep.include({ reason: 'RunInProgress' });
    });

    it('waits for a bundle that still works, and gives it an owner', () => {
      const job = aJob({ type: 'bundle-installer' });
      const decision = decide(given, { evidence: evidence({ bundleIsLive: true }), bundleJobs: [job] });
      expect(decision).to.deep.include({ action: 'Await', orphans: [job] });
    });

    it('does not guess where a bundle has run and no store tells its result', () => {
      const decision = decide(given, { evidence: evidence(), bundleJobs: [aJob({ type: 'bundle-installer' })] });
      expect('verdict' in decision && decision.verdict).to.deep.include({ reason: 'OutcomeUnknown' });
    });

    it('does not guess where its Pod was seen running and no store tells its result', () => {
      const started = { ...READY, type: 'Started', status: 'True' } as const;
      const seen = { ...given, status: { ...status, conditions: [READY, SCHEDULED, started] } };
      const decision = decide(seen, { evidence: evidence() });
      expect('verdict' in decision && decision.verdict).to.deep.include({ reason: 'OutcomeUnknown' });
    });

    it('does not guess where nothing is left of it and no store tells its result', () => {
      const decision = decide(given, { evidence: evidence() });
      expect('verdict' in decision && decision.verdict).to.deep.include({ reason: 'OutcomeUnknown' });
    });

    it('launches it again when the store knows of no run', () => {
      const decision = decide(given, { evidence: evidence({ records: { runs: [] } }), pods: [left('Failed')] });
      expect(decision.action).to.equal('RecordLaunch');
    });

    it('does not launch it again while another run works on its installation', () => {
      const blocker = { kind: 'Busy', by: 'AgentAction other' } as const;
      const decision = decide(given, { evidence: evidence({ records: { runs: [] } }), blocker });
      expect('problem' in decision && decision.problem).to.deep.include({ reason: 'RunInProgress' });
    });

    it('does not launch it again when a newer change has replaced it', () => {
      const blocker = { kind: 'Superseded', by: 'newer' } as const;
      const decision = decide(given, { evidence: evidence({ records: { runs: [] } }), blocker });
      expect('verdict' in decision && decision.verdict).to.deep.include({ reason: 'Superseded' });
    });
  });

  it('waits for a bundle that outlives its agent', () => {
    const run = { run: { _id: 'R1', revision: 'r', action: 'install', created: LAUNCHED_AT } };
    const found = evidence({
      exit: { succeeded: false },
      records: { runs: [run] },
      revisions: ['r'],
      bundleIsLive: true,
    });
    const decision = decide({ status: LAUNCHED }, { jobs: [aJob()], pods: [ENDED_POD], evidence: found });
    expect(decision.action).to.equal('Follow');
  });

  it('lets Jobs go only when the result is recorded, and only once', () => {
    const status = { ...LAUNCHED, verdict: VERDICT };
    expect(decide({ status }, { jobs: [aJob()] }).action).to.equal('ReleaseJobs');
    expect(decide({ status }, { jobs: [aJob({ spec: { ttlSecondsAfterFinished: 600 } })] }).action).to.equal('Rest');
  });

  it('never launches anything whose result is recorded, whatever else is there', () => {
    const job = fc.constantFrom(aJob(), aJob({ name: 'other' }), aJob({ spec: { ttlSecondsAfterFinished: 1 } }));
    const scene = fc.record({
      jobs: fc.array(job, { maxLength: 3 }),
      pods: fc.array(fc.constantFrom(ENDED_POD, aPod({ phase: 'Running' }), aPod({ phase: 'Failed' })), {
        maxLength: 2,
      }),
      result: fc.constantFrom('Succeeded', 'Failed', 'NoOp', 'Unknown'),
      owned: fc.boolean(),
    });
    fc.assert(
      fc.property(scene, ({ jobs, pods, result, owned }) => {
        const status = { ...LAUNCHED, verdict: { ...VERDICT, result: result } };
        expect(decide({ status, owned }, { jobs, pods }).action).to.be.oneOf(['Rest', 'ReleaseJobs']);
      }),
    );
  });
});

describe('follow', () => {
  const progressOf = (pods: StoredPod[], more: Partial<ActionSnapshot> = {}) => {
    const decision = decide({ status: LAUNCHED }, { jobs: [aJob()], pods, ...more });
    if (decision.action !== 'Follow') throw new Error(decision.action);
    return decision.progress;
  };
  const running = (since: number) => {
    const startedAt = new Date(NOW - since).toISOString();
    return aPod({ phase: 'Running', containerStatuses: [{ name: 'porter-agent', state: { running: { startedAt } } }] });
  };
  const waiting = (reason: string) =>
    aPod({
      phase: 'Pending',
      containerStatuses: [{ name: 'porter-agent', image: 'i', state: { waiting: { reason, message: 'why' } } }],
    });
  const unschedulable = (since: number) => {
    const lastTransitionTime = new Date(NOW - since).toISOString();
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: 'full',
      lastTransitionTime,
    };
    return aPod({ phase: 'Pending', conditions: [condition] });
  };

  it('says nothing new of a run that has just begun', () => {
    expect(progressOf([running(500)])).to.deep.include({ phase: 'Pending', afterMs: 1500 });
  });

  it('says no longer what blocked a run that has just begun', () => {
    const conditions = [{ ...READY, reason: 'ImagePullFailed', message: 'why' }];
    const decision = decide({ status: { ...LAUNCHED, conditions } }, { jobs: [aJob()], pods: [running(500)] });
    expect('progress' in decision && decision.progress.explanation.reason).to.equal('AgentPending');
  });

  it('says of a run that takes its time that it runs', () => {
    expect(progressOf([running(2000)])).to.deep.include({
      phase: 'Running',
      explanation: { reason: 'AgentRunning', message: 'The agent runs in Pod job-x.' },
    });
  });

  const problems: [string, string][] = [
    ['ImagePullBackOff', 'ImagePullFailed'],
    ['ErrImagePull', 'ImagePullFailed'],
    ['InvalidImageName', 'ImagePullFailed'],
    ['CreateContainerConfigError', 'PodConfigInvalid'],
    ['CreateContainerError', 'PodConfigInvalid'],
  ];
  for (const [reason, told] of problems) {
    it(`tells ${reason} as ${told}`, () => expect(progressOf([waiting(reason)]).explanation.reason).to.equal(told));
  }

  it('tells of a Pod that no node takes, but not at once', () => {
    expect(progressOf([unschedulable(1000)])).to.deep.include({ afterMs: 4000 });
    expect(progressOf([unschedulable(1000)]).explanation.reason).to.equal('AgentPending');
    expect(progressOf([unschedulable(5000)]).explanation.reason).to.equal('Unschedulable');
  });

  describe('of a Pod that has a node and does not start', () => {
    const placed = (since: number, initContainerStatuses: object[] = []) => {
      const lastTransitionTime = new Date(NOW - since).toISOString();
      const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime }];
      const waits = { name: 'porter-agent', state: { waiting: { reason: 'ContainerCreating' } } };
      return aPod({ phase: 'Pending', conditions, initContainerStatuses, containerStatuses: [waits] });
    };
    const mountFailure = { pod: 'job-x', message: 'MountVolume.SetUp failed for volume "c": configmap "no" not found' };

    it('looks when it is late, and says nothing before', () => {
      expect(progressOf([placed(3000)])).to.deep.include({ afterMs: 7000 });
      expect(progressOf([placed(3000)], { mountFailure }).explanation.reason).to.equal('AgentPending');
    });

    it('names what keeps its volumes away', () => {
      const { explanation } = progressOf([placed(10_000)], { mountFailure });
      expect(explanation).to.deep.equal({
        reason: 'PodConfigInvalid',
        message: `Pod job-x waits for its volumes: ${mountFailure.message}`,
      });
    });

    it('looks again while no event tells', () => {
      const { explanation, afterMs } = progressOf([placed(60_000)]);
      expect({ reason: explanation.reason, afterMs }).to.deep.equal({ reason: 'AgentPending', afterMs: 10_000 });
    });

    it('says nothing of it once something of the Pod has begun', () => {
      const restoring = { name: 'secrets-restore', state: { running: { startedAt: LAUNCHED_AT } } };
      const { explanation, afterMs } = progressOf([placed(60_000, [restoring])], { mountFailure });
      expect({ reason: explanation.reason, afterMs }).to.deep.equal({ reason: 'AgentPending', afterMs: undefined });
    });
  });

  it('tells of a bundle’s Pod, too, while the agent runs', () => {
    const bundlePod = {
      ...waiting('ImagePullBackOff'),
      metadata: { ...waiting('x').metadata, name: 'bundle', ownerReferences: [] },
    };
    const { phase, explanation } = progressOf([running(9000), bundlePod]);
    expect({ phase, reason: explanation.reason }).to.deep.equal({ phase: 'Running', reason: 'ImagePullFailed' });
  });

  const refusal = { job: 'job', message: 'violates PodSecurity "restricted"' };
  const bundleJob = (more: { spec?: object; status?: object } = {}) => {
    const job = aJob({ name: 'bundle', type: 'bundle-installer', ...more });
    return { ...job, metadata: { ...job.metadata, uid: 'b' } };
  };

  it('tells who refuses the Pod, and looks again', () => {
    const { explanation, afterMs } = progressOf([], { refusal });
    expect(explanation).to.deep.equal({
      reason: 'PodRefused',
      message: 'The cluster refuses the Pod of Job job: violates PodSecurity "restricted"',
    });
    expect(afterMs).to.equal(10_000);
  });

  it('tells who refuses the Pod of a bundle while the agent runs', () => {
    const more = { bundleJobs: [bundleJob()], refusal: { ...refusal, job: 'bundle' } };
    const { phase, explanation, afterMs } = progressOf([running(9000)], more);
    expect({ phase, reason: explanation.reason, afterMs }).to.deep.equal({
      phase: 'Running',
      reason: 'PodRefused',
      afterMs: 10_000,
    });
    expect(explanation.message).to.contain('Job bundle');
  });

  it('tells who refuses the Pod of a bundle whose agent has ended', () => {
    const more = { bundleJobs: [bundleJob()], refusal, evidence: evidence({ bundleIsLive: true }) };
    expect(progressOf([ENDED_POD], more).explanation.reason).to.equal('PodRefused');
  });

  it('looks when the Pod of a bundle should be there', () => {
    const startTime = new Date(NOW - 2000).toISOString();
    const looks = (more: Parameters<typeof bundleJob>[0]) =>
      progressOf([running(9000)], { bundleJobs: [bundleJob(more)] }).afterMs;
    expect(looks({ status: { startTime } })).to.equal(3000);
    expect(looks({ spec: { suspend: true } }), 'a claim').to.equal(undefined);
    expect(looks({ status: { conditions: [{ type: 'Complete', status: 'True' }] } }), 'an end').to.equal(undefined);
  });
});

describe('describeAction', () => {
  const launch: LaunchFacts = {
    generation: 2,
    retry: 'again',
    attempt: 2,
    agent: 'BuiltIn',
    startedAt: 'T',
    job: 'new',
  };
  const wait = { kind: 'wait', reason: 'R', message: 'm' } as const;

  it('begins a new run with a clean sheet', () => {
    const old = { ...LAUNCHED, verdict: VERDICT, runId: 'R0', exitCode: 0, conditions: [READY, SCHEDULED] };
    const snapshot = snapshotOf(anAction({ status: old, retry: 'again', generation: 2 }));
    const status = describeAction(snapshot, { outcome: wait, observed: { launch, phase: 'Pending' } });
    expect(status).not.to.have.any.keys('verdict', 'runId', 'exitCode', 'finishedAt');
    expect(status).to.deep.include({
      observedGeneration: 2,
      retry: 'again',
      attempt: 2,
      agent: 'BuiltIn',
      job: { name: 'new' },
    });
    expect(status.conditions?.map(({ type }) => type)).to.deep.equal(['Ready', 'Reconciling', 'Stalled']);
  });

  it('takes over what was written down at a launch that it had forgotten', () => {
    const forgotten = { ...launch, generation: 1, retry: '', job: 'job', startedAt: LAUNCHED_AT, lastRunId: 'R0' };
    const snapshot = snapshotOf(anAction({ status: { ...LAUNCHED, lastRunId: 'R1' } }));
    const status = describeAction(snapshot, { outcome: wait, observed: { launch: forgotten, phase: 'Pending' } });
    expect(status.lastRunId).to.equal('R0');
  });

  it('keeps the count of attempts while the next one waits', () => {
    const old = { ...LAUNCHED, attempt: 4, verdict: VERDICT };
    const status = describeAction(snapshotOf(anAction({ status: old, retry: 'again' })), {
      outcome: wait,
      observed: {},
    });
    expect(status).to.deep.include({ attempt: 4, retry: 'again', phase: 'Pending' });
    expect(status).not.to.have.any.keys('verdict', 'startedAt', 'job');
  });

  it('says the same when it is told the same', () => {
    const snapshot = snapshotOf(anAction({ status: LAUNCHED }));
    const first = describeAction(snapshot, { outcome: wait, observed: { phase: 'Running' } });
    const later = { ...snapshotOf(anAction({ status: first })), now: NOW + 60_000 };
    expect(describeAction(later, { outcome: wait, observed: { phase: 'Running' } })).to.deep.equal(first);
  });

  for (const result of ['Succeeded', 'Failed', 'NoOp', 'Unknown'] as const) {
    it(`shows a verdict of ${result} as upstream’s clients expect it`, () => {
      const observed = { end: { verdict: { ...VERDICT, result } } };
      const { phase } = describeAction(snapshotOf(anAction({ status: LAUNCHED })), { outcome: wait, observed });
      expect(phase).to.equal(result === 'NoOp' ? 'Succeeded' : result);
    });
  }
});
