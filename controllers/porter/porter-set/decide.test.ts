import { expect } from 'chai';
import type { CredentialSet } from '../../../api/porter/v1/credential-set.js';
import { ANNOTATIONS } from '../../../api/porter/v1/well-known.js';
import type { Stored } from '../../../runtime/client/index.js';
import { failed, pending, running, stuck, succeeded } from '../../../test/support/installation-snapshot.js';
import type { OtherRun } from '../lifecycle/run-view.js';
import { decideSet } from './decide.js';
import { applyRun, deleteRun } from './desired.js';
import { CREDENTIAL_SET, PARAMETER_SET } from './set-kind.js';
import type { SetObject } from './set-kind.js';
import type { SetSnapshot } from './snapshot.js';

interface Facts {
  deleted?: boolean;
  policy?: string;
  spec?: Partial<CredentialSet['spec']>;
  status?: CredentialSet['status'];
}

function aSet({ deleted = false, policy, spec, status }: Facts = {}): Stored<CredentialSet> {
  return {
    metadata: {
      ...{ name: 'aws', namespace: 'team', uid: 'u-1', resourceVersion: '1', generation: deleted ? 2 : 1 },
      creationTimestamp: '2026-11-21T09:00:00Z',
      ...(deleted ? { deletionTimestamp: '2026-11-21T09:59:00Z' } : {}),
      ...(policy === undefined ? {} : { annotations: { [ANNOTATIONS.deletionPolicy]: policy } }),
    },
    spec: {
      ...{ schemaVersion: '1.0.1', name: 'aws', namespace: 'prod' },
      credentials: [{ name: 'token', source: { secret: 'aws/token' } }],
      ...spec,
    },
    status,
  };
}

function snapshotOf(facts: Facts = {}, around: Partial<SetSnapshot> = {}): SetSnapshot {
  const object = aSet(facts);
  return {
    ...{ object, now: 0, wanted: { generation: object.metadata.generation ?? 1, attempt: 1, retry: '' } },
    ...{ run: { phase: 'Absent' }, wasLaunched: false, upstream: [], users: [], record: { kind: 'Unread' } },
    ...{ isKindTerminating: false, isNamespaceTerminating: false },
    ...around,
  };
}

const completed = (generation: number, result: 'Succeeded' | 'Failed') => ({
  ...{ attempt: 1, action: { name: 'aws-1' } },
  completed: { generation, attempt: 1, result },
});

describe('decideSet', () => {
  it('applies what is declared', () => {
    expect(decideSet(snapshotOf()).action).to.equal('LaunchApply');
  });

  it('follows, records and rests', () => {
    expect(decideSet(snapshotOf({}, { run: pending })).action).to.equal('FollowRun');
    expect(decideSet(snapshotOf({}, { run: failed })).action).to.equal('RecordRun');
    const rested = snapshotOf({ status: completed(1, 'Failed') }, { run: failed });
    expect(decideSet(rested).action).to.equal('Rest');
  });

  it('rests when the end is in status, even if the run is seen as it was before', () => {
    for (const run of [pending, running]) {
      expect(decideSet(snapshotOf({ status: completed(1, 'Succeeded') }, { run })).action).to.equal('Rest');
    }
  });

  it('launches nothing while it is suspended', () => {
    expect(decideSet(snapshotOf({ spec: { suspend: true } })).action).to.equal('StaySuspended');
  });

  it('yields to the one that was first, and touches nothing of it', () => {
    const owner = { name: 'first' };
    expect(decideSet(snapshotOf({}, { owner })).action).to.equal('YieldToOwner');
    expect(decideSet(snapshotOf({ deleted: true }, { owner }))).to.deep.equal({ action: 'LetGo', outcome: 'NotOurs' });
  });

  it('waits for an older run that may be at work, and takes back one that cannot begin', () => {
    const other = (state: typeof running) => ({ state, generation: 1, attempt: 1 }) as OtherRun;
    expect(decideSet(snapshotOf({}, { other: other(running) })).action).to.equal('FollowRun');
    expect(decideSet(snapshotOf({}, { other: other(stuck) })).action).to.equal('CancelRun');
  });

  describe('for a set that is being deleted', () => {
    const deleted = (around: Partial<SetSnapshot> = {}, facts: Facts = {}) =>
      decideSet(snapshotOf({ deleted: true, ...facts }, around));

    it('asks Porter for the record, and deletes it there', () => {
      expect(deleted().action).to.equal('ConsultRecord');
      expect(deleted({ record: { kind: 'Present' } }).action).to.equal('LaunchDelete');
    });

    it('lets go at once of what Porter does not have', () => {
      expect(deleted({ record: { kind: 'Missing' } }).action).to.equal('LetGo');
      expect(deleted({ record: { kind: 'NoStore' } }).action).to.equal('LetGo');
      expect(deleted({ record: { kind: 'NoStore' }, wasLaunched: true }).action).to.equal('LaunchDelete');
    });

    it('is kept for installations that need it to be uninstalled', () => {
      expect(deleted({ users: ['shop'] })).to.deep.equal({ action: 'AwaitUsers', users: ['shop'] });
    });

    it('lets go only after the deletion succeeded and is in status', () => {
      expect(deleted({ run: succeeded }).action).to.equal('RecordRun');
      expect(deleted({ run: succeeded }, { status: completed(2, 'Succeeded') }).action).to.equal('LetGo');
      expect(deleted({ run: failed }, { status: completed(2, 'Failed') }).action).to.equal('Rest');
    });

    it('orphans by policy, even what is in use, and destroys nothing when the policy is misspelt', () => {
      expect(deleted({ users: ['shop'] }, { policy: 'Orphan' }).action).to.equal('Orphan');
      expect(deleted({ record: { kind: 'Present' } }, { policy: 'keep' }).action).to.equal('RefusePolicy');
    });

    it('orphans when namespace or kind go away, or keeps the namespace if told so', () => {
      expect(deleted({ isNamespaceTerminating: true }).action).to.equal('Orphan');
      expect(deleted({ isKindTerminating: true }).action).to.equal('Orphan');
      const held = deleted({ isNamespaceTerminating: true }, { spec: { onNamespaceDeletion: 'block' } });
      expect(held.action).to.equal('HoldForNamespace');
    });
  });
});

describe('The runs of a set', () => {
  const wanted = { generation: 1, attempt: 1, retry: '' };

  it('give Porter the document of a credential set', () => {
    const run = applyRun(CREDENTIAL_SET, aSet(), wanted);
    expect(run.args).to.deep.equal(['credentials', 'apply', 'credentials.yaml']);
    expect(run.files()['credentials.yaml']).to.equal(
      [
        'schemaVersion: 1.0.1',
        'name: aws',
        'namespace: prod',
        'credentials:',
        '    - name: token',
        '      source:',
        '          secret: aws/token',
        '',
      ].join('\n'),
    );
  });

  it('give Porter the document of a parameter set', () => {
    const { metadata, spec } = aSet();
    const parameters = [{ name: 'size', source: { value: 'large' } }];
    const object = { metadata, spec: { ...spec, parameters } } as unknown as SetObject;
    const run = applyRun(PARAMETER_SET, object, wanted);
    expect(run.files()['parameters.yaml']).to.include(
      'parameters:\n    - name: size\n      source:\n          value: large',
    );
  });

  it('delete by name, in a run that the object does not own and that needs no file', () => {
    const run = deleteRun(CREDENTIAL_SET, aSet(), wanted);
    expect(run.owned).to.equal(false);
    expect(run.files()).to.deep.equal({});
    expect(run.args).to.deep.equal(['credentials', 'delete', '-n', 'prod', 'aws']);
  });
});
