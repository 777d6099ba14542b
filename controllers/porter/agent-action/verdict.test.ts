import { expect } from 'chai';
import fc from 'fast-check';
import type { InstallationDocument } from '../../../integrations/porter/index.js';
import type { InstallationRecord, ResultStatus } from '../../../integrations/porter/state/index.js';
import type { AgentExit } from './agent-exit.js';
import type { LaunchFacts } from './launch-facts.js';
import type { Evidence, Judgement, RecordedRun } from './verdict.js';
import { judge } from './verdict.js';

const LAUNCH: LaunchFacts = {
  generation: 1,
  retry: '',
  attempt: 1,
  agent: 'Porter',
  lastRunId: 'R0',
  startedAt: '2026-01-01T00:00:00.000Z',
  job: 'job',
};
const WELL: AgentExit = { succeeded: true, code: 0 };
const ILL: AgentExit = { succeeded: false, code: 1, pod: 'pod', container: 'porter-agent' };
const APPLY = ['installation', 'apply', 'installation.yaml'];
const DIGEST = 'sha256:aa';

function aRun(id: string, status?: ResultStatus, created = '2026-01-01T00:00:05Z'): RecordedRun {
  const run = { _id: id, revision: `rev-${id}`, action: 'upgrade', created };
  return status === undefined ? { run } : { run, result: { status } };
}

function aRecord(status: Partial<InstallationRecord['status']> = {}): InstallationRecord {
  const installed = {
    installed: '2026-01-01T00:00:00Z',
    uninstalled: null,
    resultStatus: 'succeeded',
    bundleDigest: DIGEST,
  };
  return { status: { ...installed, ...status } } as InstallationRecord;
}

function aDocument(more: Partial<InstallationDocument> = {}): InstallationDocument {
  return {
    schemaVersion: '1.0.2',
    name: 'web',
    namespace: 'dev',
    bundle: { repository: 'r', version: '1.0.0' },
    ...more,
  };
}

function judged(more: Partial<Evidence>): Judgement {
  return judge({ launch: LAUNCH, revisions: [], bundleIsLive: false, args: APPLY, document: aDocument(), ...more });
}

/** `result/reason/source`, or the kind of what is no verdict. */
function inShort(judgement: Judgement): string {
  if (judgement.kind !== 'Judged') return judgement.kind;
  const { result, reason, source } = judgement.verdict;
  return [result, reason, source].join('/');
}

const SUCCEEDED = 'Succeeded/Succeeded/StateStore';
const FAILED = 'Failed/RunFailed/StateStore';
const FOREIGN = 'Unknown/ForeignRun/StateStore';
const NO_RESULT = 'Unknown/RunResultMissing/StateStore';
const NO_OP = 'NoOp/Succeeded/StateStore';
const records = (...runs: RecordedRun[]) => ({ records: { runs } });
const quiet = (installation?: InstallationRecord) => ({ records: { runs: [], installation } });

describe('judge', () => {
  const table: [string, Partial<Evidence>, string][] = [
    ['the agent has vanished and its bundle runs', { ...quiet(), bundleIsLive: true }, 'BundleRunning'],
    ['there is no store and a bundle outlives its agent', { exit: ILL, bundleIsLive: true }, 'BundleRunning'],
    ['our run succeeded', { exit: WELL, ...records(aRun('R1', 'succeeded')), revisions: ['rev-R1'] }, SUCCEEDED],
    [
      'our run succeeded though the agent failed',
      { exit: ILL, ...records(aRun('R1', 'succeeded')), revisions: ['rev-R1'] },
      SUCCEEDED,
    ],
    [
      'our run failed though the agent ended well',
      { exit: WELL, ...records(aRun('R1', 'failed')), revisions: ['rev-R1'] },
      FAILED,
    ],
    [
      'our run failed because its agent ran out of memory',
      { exit: { ...ILL, reason: 'OOMKilled' }, ...records(aRun('R1', 'failed')), revisions: ['rev-R1'] },
      'Failed/OOMKilled/StateStore',
    ],
    ['our run was canceled', { exit: ILL, ...records(aRun('R1', 'canceled')), revisions: ['rev-R1'] }, FAILED],
    ['our run has no result', { exit: WELL, ...records(aRun('R1')), revisions: ['rev-R1'] }, NO_RESULT],
    [
      'our run is recorded as running',
      { exit: ILL, ...records(aRun('R1', 'running')), revisions: ['rev-R1'] },
      NO_RESULT,
    ],
    [
      'our run is recorded as unknown',
      { exit: ILL, ...records(aRun('R1', 'unknown')), revisions: ['rev-R1'] },
      NO_RESULT,
    ],
    [
      'our run goes on',
      { exit: ILL, ...records(aRun('R1', 'running')), revisions: ['rev-R1'], bundleIsLive: true },
      'BundleRunning',
    ],
    ['a newer run is not ours', { exit: WELL, ...records(aRun('R1', 'succeeded')), revisions: ['rev-other'] }, FOREIGN],
    [
      'ours is among several',
      { exit: WELL, ...records(aRun('R1', 'failed'), aRun('R2', 'succeeded')), revisions: ['rev-R1'] },
      FAILED,
    ],
    [
      'our last run counts',
      { exit: WELL, ...records(aRun('R1', 'failed'), aRun('R2', 'succeeded')), revisions: ['rev-R1', 'rev-R2'] },
      SUCCEEDED,
    ],
    ['a single newer run and no bundle Job', { exit: WELL, ...records(aRun('R1', 'succeeded')) }, SUCCEEDED],
    [
      'a single newer run that is too old',
      { exit: WELL, ...records(aRun('R1', 'succeeded', '2025-01-01T00:00:00Z')) },
      FOREIGN,
    ],
    [
      'several newer runs and no bundle Job',
      { exit: WELL, ...records(aRun('R1', 'failed'), aRun('R2', 'succeeded')) },
      FOREIGN,
    ],
    ['no run, exit 0, record as declared', { exit: WELL, ...quiet(aRecord()) }, NO_OP],
    [
      'no run, exit 0, digest as declared',
      { exit: WELL, ...quiet(aRecord()), document: aDocument({ bundle: { repository: 'r', digest: DIGEST } }) },
      NO_OP,
    ],
    [
      'no run, exit 0, another digest',
      { exit: WELL, ...quiet(aRecord()), document: aDocument({ bundle: { repository: 'r', digest: 'sha256:bb' } }) },
      FAILED,
    ],
    ['no run, exit 0, the last run failed', { exit: WELL, ...quiet(aRecord({ resultStatus: 'failed' })) }, FAILED],
    [
      'no run, exit 0, ignored because uninstalled',
      { exit: WELL, ...quiet(aRecord({ uninstalled: '2026-01-01T00:00:01Z' })) },
      FAILED,
    ],
    [
      'no run, exit 0, installed again after it was uninstalled',
      { exit: WELL, ...quiet(aRecord({ uninstalled: '2025-12-31T23:59:59Z' })) },
      NO_OP,
    ],
    [
      'no run, exit 0, uninstall of what was installed again ignored',
      {
        exit: WELL,
        ...quiet(aRecord({ uninstalled: '2025-12-31T23:59:59Z' })),
        document: aDocument({ uninstalled: true }),
      },
      FAILED,
    ],
    ['no run, exit 0, no record', { exit: WELL, ...quiet() }, FAILED],
    [
      'no run, exit 0, nothing to uninstall',
      { exit: WELL, ...quiet(), document: aDocument({ uninstalled: true }) },
      NO_OP,
    ],
    [
      'no run, exit 0, uninstall ignored',
      { exit: WELL, ...quiet(aRecord()), document: aDocument({ uninstalled: true }) },
      FAILED,
    ],
    [
      'no run, exit 0, a command of a user',
      { exit: WELL, ...quiet(aRecord()), args: ['invoke', 'web'], document: undefined },
      NO_OP,
    ],
    ['no run, exit 1', { exit: ILL, ...quiet(aRecord()) }, 'Failed/RunFailed/ExitCode'],
    [
      'no run, the agent evicted',
      { exit: { ...ILL, reason: 'Evicted' }, ...quiet(aRecord()) },
      'Failed/Evicted/ExitCode',
    ],
    [
      'the record is deleted',
      { exit: WELL, ...quiet(), args: ['installation', 'delete', 'web'], document: undefined },
      SUCCEEDED,
    ],
    [
      'the record is deleted, though the agent failed',
      { exit: ILL, ...quiet(), args: ['installation', 'delete', 'web'], document: undefined },
      SUCCEEDED,
    ],
    [
      'the record is deleted, and the Job vanished',
      { ...quiet(), args: ['installation', 'delete', 'web'], document: undefined },
      SUCCEEDED,
    ],
    [
      'the record is not deleted, and the agent failed',
      { exit: ILL, ...quiet(aRecord()), args: ['installation', 'delete', 'web'], document: undefined },
      'Failed/RunFailed/ExitCode',
    ],
    [
      'the record is not deleted',
      { exit: WELL, ...quiet(aRecord()), args: ['installation', 'delete', 'web'], document: undefined },
      FAILED,
    ],
    ['no store, exit 0', { exit: WELL }, 'Succeeded/Succeeded/ExitCode'],
    ['no store, exit 1', { exit: ILL }, 'Failed/RunFailed/ExitCode'],
    [
      'no store, too late',
      { exit: { succeeded: false, reason: 'DeadlineExceeded' } },
      'Failed/DeadlineExceeded/ExitCode',
    ],
    ['no store, the Job vanished', {}, 'Silent'],
    ['no run, the Job vanished', { ...quiet(aRecord()) }, 'Silent'],
    ['our run succeeded, the Job vanished', { ...records(aRun('R1', 'succeeded')), revisions: ['rev-R1'] }, SUCCEEDED],
  ];
  for (const [name, evidence, expected] of table) {
    it(`says ${expected} when ${name}`, () => expect(inShort(judged(evidence))).to.equal(expected));
  }

  describe('of a run whose id is older than the last one before the launch', () => {
    const settled = (run: RecordedRun) => ({ records: { runs: [], installation: aRecord(), settled: run } });

    it('goes by its record when our bundle Job carries its revision', () => {
      const late = aRun('Q9', 'failed', '2025-12-31T00:00:00Z');
      const judgement = judged({ exit: WELL, ...settled(late), revisions: ['rev-Q9'] });
      expect(judgement).to.deep.include({ runId: 'Q9' });
      expect(inShort(judgement)).to.equal(FAILED);
      expect(inShort(judged({ ...settled(late), revisions: ['rev-Q9'] })), 'the Job vanished').to.equal(FAILED);
    });

    it('does not take an older run for ours, after which another one was cut off, not even a recent one', () => {
      const older = settled(aRun('Q9', 'succeeded'));
      expect(inShort(judged({ exit: { succeeded: false, code: 1 }, ...older })))
        .to.include('ExitCode')
        .and.include('Failed');
      expect(inShort(judged({ exit: WELL, ...settled(aRun('Q9', 'failed')) }))).to.equal(NO_OP);
      expect(inShort(judged({ exit: WELL, ...settled(aRun('Q9', 'failed')), revisions: ['other'] }))).to.equal(NO_OP);
    });
  });

  it('lets time mend what came from outside, and nothing else', () => {
    const retryable = (exit: Partial<AgentExit>) => {
      const judgement = judged({ exit: { succeeded: false, ...exit } });
      return judgement.kind === 'Judged' && (judgement.verdict.retryable ?? false);
    };
    const outside: Partial<AgentExit>[] = [{ reason: 'Evicted', code: 137 }, { reason: 'NodeLost' }, {}];
    expect(outside.map(retryable)).to.deep.equal([true, true, true]);
    const inside: Partial<AgentExit>[] = [
      { reason: 'OOMKilled', code: 137 },
      { reason: 'DeadlineExceeded' },
      { code: 1 },
    ];
    expect(inside.map(retryable)).to.deep.equal([false, false, false]);
  });

  it('names the run that it judged by', () => {
    const judgement = judged({ exit: WELL, ...records(aRun('R7', 'succeeded')), revisions: ['rev-R7'] });
    expect(judgement).to.deep.include({ kind: 'Judged', runId: 'R7' });
  });

  it('never calls a run a success that is not recorded as one', () => {
    const statuses: (ResultStatus | undefined)[] = ['running', 'failed', 'pending', 'canceled', 'unknown', undefined];
    const evidence = fc.record({
      exit: fc.constantFrom(WELL, ILL, undefined),
      status: fc.constantFrom(...statuses),
      ours: fc.boolean(),
      bundleIsLive: fc.boolean(),
    });
    fc.assert(
      fc.property(evidence, ({ exit, status, ours, bundleIsLive }) => {
        const revisions = ours ? ['rev-R1'] : ['rev-other'];
        const judgement = judged({ exit, ...records(aRun('R1', status)), revisions, bundleIsLive });
        expect(inShort(judgement)).not.to.match(/^(Succeeded|NoOp)/);
      }),
    );
  });
});
