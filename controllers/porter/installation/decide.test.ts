import { expect } from 'chai';
import fc from 'fast-check';
import {
  aRecord,
  aSnapshot,
  failed,
  noOp,
  pending,
  running,
  stuck,
  succeeded,
  unknown,
} from '../../../test/support/installation-snapshot.js';
import type { RunState } from '../../agent-run/run.js';
import type { OtherRun } from '../lifecycle/run-view.js';
import { decideInstallation } from './decide.js';
import type { InstallationSnapshot } from './snapshot.js';

const decide = (snapshot: InstallationSnapshot) => decideInstallation(snapshot);
const uninstalled = { action: 'uninstall', uninstalled: '2026-11-21T09:30:00Z' };
/** Installed again since: Porter keeps when it was uninstalled. */
const reinstalled = { uninstalled: '2026-11-21T08:30:00Z' };
const other = (state: RunState, generation = 1) => ({ state, generation, attempt: 1 }) as OtherRun;

describe('decideInstallation', () => {
  describe('for an Installation that is wanted', () => {
    it('consults the record before anything is launched', () => {
      expect(decide(aSnapshot().build())).to.deep.equal({ action: 'ConsultRecord' });
    });

    it('looks up the sets before anything is launched', () => {
      expect(decide(aSnapshot().withRecord().build())).to.deep.equal({ action: 'LookUpSets' });
    });

    it('installs what Porter does not know, with the secrets of its sets', () => {
      const snapshot = aSnapshot().withRecord().withReadySets('token').build();
      expect(decide(snapshot)).to.deep.equal({ action: 'LaunchApply', force: false, secrets: ['token'] });
    });

    it('adopts a matching record of a finished run', () => {
      expect(decide(aSnapshot().withRecord(aRecord()).build()).action).to.equal('AdoptRecord');
    });

    it('leaves it to Porter to compare once a run is in status, for a record does not tell all', () => {
      const snapshot = aSnapshot().completed(1, 'Succeeded').ofGeneration(2).withRecord(aRecord()).withReadySets();
      expect(decide(snapshot.build())).to.include({ action: 'LaunchApply', force: false });
    });

    it('adopts no record whose last run has no result', () => {
      const snapshot = aSnapshot().withLastRun(aRecord(), 'running', 'upgrade').withReadySets();
      expect(decide(snapshot.build()).action).to.equal('LaunchApply');
      expect(decide(aSnapshot().withLastRun(aRecord(), 'succeeded').build()).action).to.equal('AdoptRecord');
    });

    it('shows outputs that could not be shown, as soon as it can', () => {
      const hidden = { type: 'OutputsShown', status: 'False' as const, reason: 'OutputsNotShown', message: '' };
      const conditions = [{ ...hidden, lastTransitionTime: '', observedGeneration: 1 }];
      const snapshot = (result: 'Succeeded' | 'Failed') => aSnapshot().withStatus({ conditions }).completed(1, result);
      expect(decide(snapshot('Succeeded').build()).action).to.equal('ConsultRecord');
      expect(decide(snapshot('Succeeded').withRecord(aRecord()).build()).action).to.equal('ShowOutputs');
      expect(decide(snapshot('Failed').withRecord(aRecord()).build()).action).to.equal('Rest');
      expect(decide(snapshot('Succeeded').beingDeleted().build()).action).to.equal('LetGo');
    });

    it('runs a retry even though the record matches', () => {
      const snapshot = aSnapshot().completed(1, 'Succeeded').withRetry('new').withRecord(aRecord()).withReadySets();
      expect(decide(snapshot.build())).to.include({ action: 'LaunchApply', force: false });
    });

    it('upgrades without force what has changed since a good run', () => {
      const snapshot = aSnapshot()
        .withSpec({ parameters: { replicas: 3 } })
        .withRecord(aRecord())
        .withReadySets();
      expect(decide(snapshot.build())).to.include({ action: 'LaunchApply', force: false });
    });

    it('forces what is installed and failed last, which Porter would call up-to-date', () => {
      const record = aRecord({ action: 'upgrade', resultStatus: 'failed' });
      const snapshot = aSnapshot().completed(1, 'Failed').withRetry('new').withRecord(record).withReadySets();
      expect(decide(snapshot.build())).to.include({ action: 'LaunchApply', force: true });
    });

    it('forces what was cut off in an upgrade, which Porter would call up-to-date', () => {
      for (const result of ['running', 'unknown', 'failed', undefined] as const) {
        const snapshot = aSnapshot().completed(1, 'Unknown').withRetry('new').withReadySets();
        expect(decide(snapshot.withLastRun(aRecord(), result, 'upgrade').build())).to.include({ force: true });
      }
    });

    it('does not force an install that failed, which Porter runs again by itself', () => {
      const record = aRecord({ installed: null, resultStatus: 'failed' });
      const snapshot = aSnapshot().withRetry('new').withRecord(record).withReadySets();
      expect(decide(snapshot.build())).to.include({ action: 'LaunchApply', force: false });
    });

    it('removes the record of what was uninstalled, which Porter would ignore', () => {
      expect(decide(aSnapshot().withRecord(aRecord(uninstalled)).build()).action).to.equal('PurgeRecord');
    });

    it('keeps the record of what was installed again since, and upgrades that', () => {
      const snapshot = aSnapshot().withSpec({ parameters: { replicas: 3 } });
      const decision = decide(snapshot.withRecord(aRecord(reinstalled)).withReadySets().build());
      expect(decision).to.include({ action: 'LaunchApply', force: false });
    });

    it('installs again once that record is removed', () => {
      const snapshot = aSnapshot().with({ purge: succeeded }).withRecord().withReadySets();
      expect(decide(snapshot.build())).to.include({ action: 'LaunchApply', force: false });
    });

    it('waits for the removal of the record', () => {
      expect(decide(aSnapshot().with({ purge: running }).build())).to.deep.equal({ action: 'FollowRun', run: running });
    });

    it('reports a removal that failed', () => {
      for (const purge of [failed, unknown]) {
        expect(decide(aSnapshot().with({ purge }).build()).action).to.equal('ConsultRecord');
        const snapshot = aSnapshot().with({ purge }).withRecord(aRecord(uninstalled));
        expect(decide(snapshot.build())).to.deep.equal({ action: 'ReportPurge', run: purge });
        const without = aSnapshot().with({ purge, record: { kind: 'NoStore' } });
        expect(decide(without.build()).action).to.equal('ReportPurge');
      }
    });

    it('installs when the removal failed and the record is gone all the same', () => {
      const snapshot = aSnapshot().with({ purge: failed }).withRecord().withReadySets();
      expect(decide(snapshot.build()).action).to.equal('LaunchApply');
    });

    it('waits for the store', () => {
      const snapshot = aSnapshot().with({ record: { kind: 'Unavailable', message: 'no answer' } });
      expect(decide(snapshot.build())).to.deep.equal({ action: 'AwaitStore', message: 'no answer' });
    });

    it('waits for its sets', () => {
      const sets = { kind: 'Waiting', reason: 'CredentialSetNotFound', message: 'aws' } as const;
      expect(decide(aSnapshot().withRecord().with({ sets }).build()).action).to.equal('AwaitSets');
    });

    it('launches nothing while it is suspended', () => {
      expect(decide(aSnapshot().withSpec({ suspend: true }).build()).action).to.equal('StaySuspended');
    });

    it('follows a run that is on its way while it is suspended', () => {
      expect(decide(aSnapshot().withSpec({ suspend: true }).withRun(running).build()).action).to.equal('FollowRun');
    });

    it('yields to the one that was first', () => {
      const owner = { namespace: 'team', name: 'first' };
      expect(decide(aSnapshot().with({ owner }).build())).to.deep.equal({ action: 'YieldToOwner', owner });
    });

    it('refuses a number that would not arrive unchanged', () => {
      const snapshot = aSnapshot().withSpec({ parameters: { big: 2 ** 53 + 2 } });
      expect(decide(snapshot.build())).to.have.property('message').that.includes('spec.parameters.big');
    });

    it('follows a run that is on its way', () => {
      expect(decide(aSnapshot().withRun(pending).build())).to.deep.equal({ action: 'FollowRun', run: pending });
    });

    it('records a run that has ended, with what is on record', () => {
      expect(decide(aSnapshot().withRun(failed).build()).action).to.equal('ConsultRecord');
      const snapshot = aSnapshot()
        .withRun(failed)
        .withRecord(aRecord({ resultStatus: 'failed' }));
      expect(decide(snapshot.build())).to.include({ action: 'RecordRun', generation: 1, attempt: 1 });
    });

    it('rests when the end is in status, even if its AgentAction is gone', () => {
      for (const result of ['Succeeded', 'NoOp', 'Failed', 'Unknown'] as const) {
        expect(decide(aSnapshot().completed(1, result).build()).action, result).to.equal('Rest');
      }
    });

    it('rests when the end is in status, even if the run is seen as it was before', () => {
      for (const state of [pending, running]) {
        expect(decide(aSnapshot().completed(1, 'Succeeded').withRun(state).build()).action).to.equal('Rest');
      }
    });

    it('does not take back a run that may be at work', () => {
      for (const state of [pending, running]) {
        const snapshot = aSnapshot()
          .ofGeneration(2)
          .with({ other: other(state) });
        expect(decide(snapshot.build()).action).to.equal('FollowRun');
      }
    });

    it('takes back a run of an older generation that cannot begin', () => {
      const snapshot = aSnapshot()
        .ofGeneration(2)
        .with({ other: other(stuck) });
      expect(decide(snapshot.build())).to.deep.equal({ action: 'CancelRun', name: 'shop-1' });
    });

    it('records the end of an older run before it launches the next one', () => {
      const snapshot = aSnapshot()
        .ofGeneration(2)
        .with({ other: other(succeeded) })
        .withRecord(aRecord());
      expect(decide(snapshot.build())).to.include({ action: 'RecordRun', generation: 1 });
    });
  });

  describe('for an Installation that is wanted uninstalled', () => {
    const wanted = () => aSnapshot().withSpec({ uninstalled: true });

    it('launches nothing when nothing was ever installed', () => {
      for (const record of [undefined, aRecord({ installed: null, resultStatus: 'failed' }), aRecord(uninstalled)]) {
        expect(decide(wanted().withRecord(record).build()).action).to.equal('NoteNothingInstalled');
      }
    });

    it('uninstalls what was installed again since it was uninstalled', () => {
      const snapshot = wanted().withRecord(aRecord(reinstalled)).withReadySets();
      expect(decide(snapshot.build())).to.include({ action: 'LaunchApply', force: false });
    });

    it('uninstalls what is installed, also after a failure, never with force', () => {
      const record = aRecord({ action: 'upgrade', resultStatus: 'failed' });
      const snapshot = wanted().withRecord(record).withReadySets();
      expect(decide(snapshot.build())).to.include({ action: 'LaunchApply', force: false });
    });
  });

  describe('without a store', () => {
    const without = () =>
      aSnapshot()
        .with({ record: { kind: 'NoStore' } })
        .withReadySets();

    it('installs', () => {
      expect(decide(without().build())).to.include({ action: 'LaunchApply', force: false });
    });

    it('forces the retry of a failed upgrade, as status tells', () => {
      const status = { installed: '2026-11-21T09:01:00Z' };
      const snapshot = without().withStatus(status).completed(1, 'Failed').withRetry('new');
      expect(decide(snapshot.build())).to.include({ action: 'LaunchApply', force: true });
    });

    it('removes the record of what was uninstalled, as status tells', () => {
      const status = { installed: '2026-11-21T09:01:00Z', uninstalled: '2026-11-21T09:30:00Z' };
      expect(decide(without().withStatus(status).build()).action).to.equal('PurgeRecord');
    });

    it('does not remove the record of what was installed again since, as status tells', () => {
      const status = { installed: '2026-11-21T09:01:00Z', ...reinstalled };
      expect(decide(without().withStatus(status).build())).to.include({ action: 'LaunchApply', force: true });
    });
  });

  describe('for an Installation that is being deleted', () => {
    const deleted = (policy?: string) => aSnapshot().ofGeneration(2).beingDeleted(policy);

    it('uninstalls what is installed', () => {
      const snapshot = deleted().withRecord(aRecord()).withReadySets('token');
      expect(decide(snapshot.build())).to.deep.equal({ action: 'LaunchUninstall', secrets: ['token'] });
    });

    it('uninstalls what was installed again since it was uninstalled', () => {
      const snapshot = deleted().withRecord(aRecord(reinstalled)).withReadySets();
      expect(decide(snapshot.build()).action).to.equal('LaunchUninstall');
    });

    it('lets go at once of what is not installed', () => {
      for (const record of [undefined, aRecord(uninstalled)]) {
        const decision = decide(deleted().withRecord(record).build());
        expect(decision).to.deep.equal({ action: 'LetGo', outcome: 'NothingInstalled' });
      }
    });

    it('tells of what a failed install may have left', () => {
      const record = aRecord({ installed: null, resultStatus: 'failed' });
      expect(decide(deleted().withRecord(record).build())).to.include({ outcome: 'InstallFailed' });
    });

    describe('after an install without success', () => {
      const cutOff = aRecord({ installed: null, runId: '', resultStatus: '' });

      it('keeps what was cut off, of which nobody knows what it left, until somebody has looked', () => {
        for (const result of ['running', 'pending', 'unknown', undefined] as const) {
          const run = { _id: '01R', action: 'install' };
          const decision = decide(deleted().withLastRun(cutOff, result).build());
          expect(decision).to.deep.equal({ action: 'ReportUnfinished', run });
        }
      });

      it('lets it go when a retry says so, or the policy does', () => {
        const stalled = () => deleted().completed(2, 'Unknown').withLastRun(cutOff, 'running');
        expect(decide(stalled().build()).action).to.equal('Rest');
        expect(decide(stalled().withRetry('seen').build())).to.deep.equal({
          action: 'LetGo',
          outcome: 'InstallFailed',
        });
        const orphaned = deleted('orphan').completed(2, 'Unknown').withLastRun(cutOff, 'running');
        expect(decide(orphaned.build()).action).to.equal('Orphan');
      });

      it('lets go of what failed', () => {
        for (const result of ['failed', 'canceled'] as const) {
          expect(decide(deleted().withLastRun(cutOff, result).build())).to.include({ outcome: 'InstallFailed' });
        }
      });

      it('uninstalls what succeeded though the installation’s own status does not tell so yet', () => {
        const snapshot = deleted().withLastRun(cutOff, 'succeeded').withReadySets();
        expect(decide(snapshot.build()).action).to.equal('LaunchUninstall');
      });

      it('uninstalls what was cut off in an upgrade', () => {
        const snapshot = deleted().withLastRun(aRecord(), 'running', 'upgrade').withReadySets();
        expect(decide(snapshot.build()).action).to.equal('LaunchUninstall');
      });
    });

    it('waits for what still works on it before it looks at the record', () => {
      const worker = { name: 'Pod shop-x', endless: [] };
      expect(decide(deleted().with({ worker }).build())).to.deep.equal({ action: 'AwaitWorker', worker });
    });

    it('without a store uninstalls whatever was launched', () => {
      const snapshot = deleted()
        .with({ record: { kind: 'NoStore' } })
        .withReadySets();
      expect(decide(snapshot.build()).action).to.equal('LetGo');
      expect(decide(snapshot.with({ wasLaunched: true }).build()).action).to.equal('LaunchUninstall');
    });

    it('lets go only after the uninstall succeeded and is in status', () => {
      expect(decide(deleted().withRun(running).build()).action).to.equal('FollowRun');
      expect(decide(deleted().withRun(succeeded).withRecord().build()).action).to.equal('RecordRun');
      const snapshot = deleted().withRun(succeeded).completed(2, 'Succeeded');
      expect(decide(snapshot.build())).to.deep.equal({ action: 'LetGo', outcome: 'Undone' });
    });

    it('keeps an Installation whose uninstall failed', () => {
      for (const result of ['Failed', 'Unknown'] as const) {
        expect(decide(deleted().withRun(failed).completed(2, result).build()).action).to.equal('Rest');
      }
    });

    it('uninstalls again on a new retry value', () => {
      const snapshot = deleted().completed(2, 'Failed').withRetry('new').withRecord(aRecord()).withReadySets();
      expect(decide(snapshot.build()).action).to.equal('LaunchUninstall');
    });

    it('orphans by policy in any case, whatever is going on', () => {
      for (const policy of ['orphan', 'Orphan', ' ORPHAN ']) {
        const snapshot = deleted(policy).withRun(failed).completed(2, 'Failed');
        expect(decide(snapshot.build())).to.deep.equal({ action: 'Orphan', reason: 'DeletionPolicy' });
      }
    });

    it('destroys nothing when the policy is misspelt', () => {
      const snapshot = deleted('orfan').withRecord(aRecord()).withReadySets();
      expect(decide(snapshot.build())).to.deep.equal({ action: 'RefusePolicy', value: 'orfan' });
    });

    it('orphans when its kind is being removed', () => {
      const snapshot = deleted().with({ isKindTerminating: true }).withRecord(aRecord()).withReadySets();
      expect(decide(snapshot.build())).to.deep.equal({ action: 'Orphan', reason: 'CrdTerminating' });
    });

    it('orphans when its namespace is being deleted, or keeps it if told so', () => {
      const snapshot = deleted().with({ isNamespaceTerminating: true });
      expect(decide(snapshot.build())).to.deep.equal({ action: 'Orphan', reason: 'NamespaceTerminating' });
      expect(decide(snapshot.withSpec({ onNamespaceDeletion: 'block' }).build()).action).to.equal('HoldForNamespace');
    });

    it('touches nothing that another one owns', () => {
      const snapshot = deleted()
        .with({ owner: { name: 'first' } })
        .withRecord(aRecord())
        .withReadySets();
      expect(decide(snapshot.build())).to.deep.equal({ action: 'LetGo', outcome: 'NotOurs' });
    });

    it('waits for an apply that is at work, and takes back one that cannot begin', () => {
      expect(
        decide(
          deleted()
            .with({ other: other(running) })
            .build(),
        ).action,
      ).to.equal('FollowRun');
      expect(
        decide(
          deleted()
            .with({ other: other(stuck) })
            .build(),
        ).action,
      ).to.equal('CancelRun');
    });

    it('launches nothing while it is suspended', () => {
      const snapshot = deleted().withSpec({ suspend: true }).withRecord(aRecord()).withReadySets();
      expect(decide(snapshot.build()).action).to.equal('StaySuspended');
    });
  });

  describe('whatever things look like', () => {
    const launches = ['LaunchApply', 'LaunchUninstall', 'PurgeRecord'];
    const states = fc.constantFrom<RunState>(
      { phase: 'Absent' },
      { phase: 'Conflict', action: 'shop-1', message: 'taken' },
      ...[pending, running, stuck, succeeded, noOp, failed, unknown],
    );
    const records = fc.constantFrom(
      undefined,
      aRecord(),
      aRecord(uninstalled),
      aRecord({ installed: null, resultStatus: 'failed' }),
      aRecord({ action: 'upgrade', resultStatus: 'failed' }),
      aRecord({ action: 'upgrade', resultStatus: 'running' }),
    );
    const results = fc.constantFrom('running' as const, 'failed' as const, 'succeeded' as const, undefined);
    const completed = fc.option(fc.constantFrom('Succeeded' as const, 'Failed' as const, 'Unknown' as const));
    const snapshots = fc
      .record({
        ...{ deleting: fc.boolean(), suspend: fc.boolean(), uninstalled: fc.boolean(), run: states, purge: states },
        ...{
          record: records,
          result: results,
          hasRun: fc.boolean(),
          completed,
          policy: fc.constantFrom('delete', 'orphan', 'what'),
          retry: fc.boolean(),
        },
        ...{ namespaceGoing: fc.boolean(), kindGoing: fc.boolean(), owned: fc.boolean(), previous: fc.option(states) },
      })
      .map((facts) => {
        const snapshot = aSnapshot().ofGeneration(3).withSpec(facts).withReadySets('token');
        if (facts.hasRun) snapshot.withLastRun(facts.record, facts.result);
        else snapshot.withRecord(facts.record);
        if (facts.deleting) snapshot.beingDeleted(facts.policy);
        if (facts.completed !== null) snapshot.completed(3, facts.completed);
        if (facts.retry) snapshot.withRetry('new');
        const owner = facts.owned ? { name: 'first' } : undefined;
        const previous = facts.previous === null || 'Absent Conflict'.includes(facts.previous.phase);
        return snapshot
          .with({ owner, run: facts.run, purge: facts.purge, isKindTerminating: facts.kindGoing })
          .with({ isNamespaceTerminating: facts.namespaceGoing })
          .with({ other: previous ? undefined : other(facts.previous as RunState, 2) })
          .build();
      });
    const always = (holds: (snapshot: InstallationSnapshot) => void) =>
      fc.assert(fc.property(snapshots, holds), { numRuns: 3000 });

    it('launches nothing that status says has ended', () => {
      always((snapshot) => {
        const { completed: end } = snapshot.object.status ?? {};
        const isDone = end?.generation === snapshot.wanted.generation && end.attempt === snapshot.wanted.attempt;
        if (isDone) expect(launches).not.to.include(decide(snapshot).action);
      });
    });

    it('launches nothing beside a run that has not ended', () => {
      always((snapshot) => {
        const open = [snapshot.run, snapshot.purge, snapshot.other?.state].some(
          (state) => state?.phase === 'Pending' || state?.phase === 'Running',
        );
        if (open) expect(launches).not.to.include(decide(snapshot).action);
      });
    });

    it('never forces what is to be uninstalled', () => {
      always((snapshot) => {
        const decision = decide(snapshot);
        const isForced = decision.action === 'LaunchApply' && decision.force;
        if (snapshot.object.spec.uninstalled === true) expect(isForced).to.equal(false);
      });
    });

    it('launches nothing while it is suspended, not owned, or its surroundings go away', () => {
      always((snapshot) => {
        const { isKindTerminating, isNamespaceTerminating, object, owner } = snapshot;
        const isDeleting = object.metadata.deletionTimestamp !== undefined;
        const isGoing = isDeleting && (isKindTerminating || isNamespaceTerminating);
        if (object.spec.suspend === true || owner !== undefined || isGoing) {
          expect(launches).not.to.include(decide(snapshot).action);
        }
      });
    });

    it('lets go only of what is being deleted', () => {
      always((snapshot) => {
        const isLetGo = ['LetGo', 'Orphan'].includes(decide(snapshot).action);
        if (isLetGo) expect(snapshot.object.metadata.deletionTimestamp).not.to.equal(undefined);
      });
    });

    it('uninstalls only what is being deleted under a policy that says so', () => {
      always((snapshot) => {
        if (decide(snapshot).action !== 'LaunchUninstall') return;
        expect(snapshot.object.metadata.annotations?.['getporter.org/deletion-policy']).to.equal('delete');
      });
    });
  });
});
