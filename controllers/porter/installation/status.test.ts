import { expect } from 'chai';
import type { Outcome } from '../../../runtime/reconciler/index.js';
import { done, stalled, wait } from '../../../runtime/reconciler/index.js';
import { NOW, aRecord, aSnapshot, failed, noOp, succeeded } from '../../../test/support/installation-snapshot.js';
import { RETRY_ADVICE, withAdvice } from '../lifecycle/advice.js';
import type { EndedRun } from '../lifecycle/run-view.js';
import { underWay } from './sentences.js';
import type { InstallationSnapshot } from './snapshot.js';
import type { InstallationObserved } from './status.js';
import {
  describeInstallation,
  endedChanges,
  openChanges,
  recoveredRequest,
  requestedChanges,
  verbOf,
} from './status.js';

const ended = (snapshot: InstallationSnapshot, record = aRecord()) =>
  endedChanges(snapshot, { run: snapshot.run as EndedRun, generation: 1, attempt: 1 }, record);
const describeIt = (snapshot: InstallationSnapshot, outcome: Outcome, observed: InstallationObserved = {}) =>
  describeInstallation(snapshot, { outcome, observed });
const conditionOf = (status: ReturnType<typeof describeIt>, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);

describe('describeInstallation', () => {
  it('tells of an installed bundle with its reference, version and digest', () => {
    const snapshot = aSnapshot().withRun(succeeded).build();
    const status = describeIt(snapshot, done(), { changes: ended(snapshot) });
    expect(conditionOf(status, 'Ready')).to.include({ status: 'True', reason: 'Installed', observedGeneration: 1 });
    expect(conditionOf(status, 'Ready')?.message).to.match(
      /^Bundle reg\.example\/shop:v1\.4\.0 \(1\.4\.0, sha256:0+\) is/,
    );
    expect(status).to.deep.include({ phase: 'Succeeded', lastAction: 'install', agent: 'BuiltIn' });
    expect(status?.completed).to.deep.equal({ generation: 1, attempt: 1, result: 'Succeeded' });
    expect(status?.run).to.include({ id: '01R', result: 'succeeded' });
  });

  it('tells the error and what to do about it', () => {
    const snapshot = aSnapshot().withRun(failed).build();
    const { message, reason } = withAdvice(failed as EndedRun, RETRY_ADVICE) as typeof failed & {
      message: string;
      reason: string;
    };
    const status = describeIt(snapshot, stalled(reason, message), {
      changes: ended(snapshot, aRecord({ resultStatus: 'failed' })),
    });
    expect(conditionOf(status, 'Stalled')?.status).to.equal('True');
    expect(conditionOf(status, 'Ready')?.message).to.match(/^told to fail\. Fix the cause, .*getporter\.org\/retry/);
    expect(status).to.include({ phase: 'Failed', lastError: 'told to fail' });
  });

  it('forgets the last error after a success', () => {
    const snapshot = aSnapshot().withStatus({ lastError: 'old' }).withRun(succeeded).build();
    expect(describeIt(snapshot, done(), { changes: ended(snapshot) })?.lastError).to.equal(undefined);
  });

  it('keeps the recorded run when nothing had to be done', () => {
    const run = { id: '01OLD', result: 'succeeded' };
    const snapshot = aSnapshot()
      .withStatus({ run })
      .withRun({ ...noOp, run: { action: 'shop-1', attempt: 1, source: 'StateStore' } } as typeof noOp)
      .build();
    expect(ended(snapshot).run).to.deep.equal(run);
  });

  it('without a record takes success for what was to be done', () => {
    const snapshot = aSnapshot().withRun(succeeded).build();
    const changes = endedChanges(snapshot, { run: succeeded as EndedRun, generation: 1, attempt: 1 }, undefined);
    expect(changes).to.include({ lastAction: 'install', installed: new Date(NOW).toISOString().replace('.000', '') });
  });

  it('upgrades what was installed again since it was uninstalled', () => {
    const again = { installed: '2026-11-21T09:01:00Z', uninstalled: '2026-11-21T08:30:00Z' };
    expect(verbOf(aSnapshot().withStatus(again).build().object)).to.equal('Upgrading');
    expect(
      verbOf(
        aSnapshot()
          .withStatus({ ...again, installed: '2026-11-21T08:00:00Z' })
          .build().object,
      ),
    ).to.equal('Installing');
  });

  it('is Uninstalled when that is what is wanted', () => {
    const snapshot = aSnapshot().withSpec({ uninstalled: true }).build();
    expect(conditionOf(describeIt(snapshot, done()), 'Ready')?.reason).to.equal('Uninstalled');
  });

  it('says the same of a run from its launch to its end, so that nothing is written in between', () => {
    const launched = aSnapshot().build();
    const run = { phase: 'Pending', action: 'shop-1' } as const;
    const first = describeIt(launched, wait('Installing', underWay(launched.object, 'shop-1')), {
      changes: openChanges(run, launched.wanted),
      upstream: [],
    });
    const later = aSnapshot()
      .withStatus(first!)
      .withRun(run)
      .with({ now: NOW + 5_000 })
      .build();
    const second = describeIt(later, wait('Installing', underWay(later.object, 'shop-1')), {
      changes: openChanges(run, later.wanted),
      upstream: [],
    });
    expect(second).to.deep.equal(first);
  });

  it('tells until its end what was on record when a run was asked for', () => {
    const snapshot = aSnapshot().withLastRun(aRecord(), 'succeeded').build();
    const at = '2026-11-21T10:00:00Z';
    const requested = { action: 'shop-1', at, lastRunId: '01R' };
    expect(requestedChanges(snapshot, 'shop-1')).to.deep.equal({ requested });
    expect(requestedChanges(aSnapshot().withRecord().build(), 'shop-1').requested?.lastRunId).to.equal('');
    const unread = aSnapshot().with({ record: { kind: 'NoStore' } });
    expect(requestedChanges(unread.build(), 'shop-1')).to.deep.equal({ requested: { action: 'shop-1', at } });
    const over = aSnapshot().withStatus({ requested }).withRun(succeeded).build();
    expect(ended(over)).to.have.property('requested', undefined);
  });

  it('learns from the AgentAction of a request that a crash kept out of status', () => {
    const launched = { startedAt: '2026-11-21T09:59:00Z', lastRunId: '01A' };
    const requested = { action: 'shop-1', at: launched.startedAt, lastRunId: '01A' };
    const crashed = aSnapshot().with({ launched });
    expect(recoveredRequest(crashed.build(), 'shop-1')).to.deep.equal({ requested });
    expect(recoveredRequest(crashed.withStatus({ requested }).build(), 'shop-1')).to.deep.equal({});
    expect(recoveredRequest(aSnapshot().build(), 'shop-1')).to.deep.equal({});
  });

  it('judges a lost run by what was on record the first time', () => {
    const requested = { action: 'shop-1', at: 'before', lastRunId: '01A' };
    const lost = { startedAt: 'before', lastRunId: '01A' };
    const snapshot = aSnapshot().withStatus({ requested }).withLastRun(aRecord()).with({ lost });
    expect(requestedChanges(snapshot.build(), 'shop-1')).to.deep.equal({ requested });
  });

  it('tells that it is suspended beside how it stands', () => {
    const snapshot = aSnapshot().withSpec({ suspend: true }).build();
    expect(conditionOf(describeIt(snapshot, done()), 'Suspended')).to.include({ status: 'True' });
  });

  it('keeps a warning about parameters until a run says otherwise', () => {
    const warned = describeIt(aSnapshot().build(), done(), {
      parameters: { reason: 'UnknownParameter', message: 'x' },
    });
    const later = aSnapshot().withStatus(warned!).build();
    expect(conditionOf(describeIt(later, done()), 'ParametersAccepted')?.status).to.equal('False');
    expect(conditionOf(describeIt(later, done(), { parameters: null }), 'ParametersAccepted')).to.equal(undefined);
  });

  it('writes nothing about what was let go', () => {
    expect(describeIt(aSnapshot().build(), done(), { isGone: true })).to.equal(undefined);
  });
});
