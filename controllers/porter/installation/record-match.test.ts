import { expect } from 'chai';
import type { InstallationSpec } from '../../../api/porter/v1/installation.js';
import type { InstallationRecord } from '../../../integrations/porter/state/index.js';
import { aRecord, aSnapshot } from '../../../test/support/installation-snapshot.js';
import { isRecordOf } from './record-match.js';

const specWith = (fields: Partial<InstallationSpec>) => aSnapshot().withSpec(fields).build().object.spec;
const given = (...parameters: InstallationRecord['parameters']['parameters']) =>
  aRecord({}, { parameters: { ...aRecord().parameters, parameters } });

describe('isRecordOf', () => {
  it('holds for a successful run of the same document', () => {
    expect(isRecordOf(aRecord(), specWith({}))).to.equal(true);
  });

  it('holds for one that was installed again since it was uninstalled', () => {
    expect(isRecordOf(aRecord({ uninstalled: '2026-11-21T08:30:00Z' }), specWith({}))).to.equal(true);
  });

  it('compares parameters by their value, as Porter writes it', () => {
    const record = given(
      { name: 'replicas', source: { value: '3' } },
      { name: 'on', source: { value: 'true' } },
      { name: 'deep', source: { value: '{"b":[1,2],"a":null}' } },
    );
    expect(
      isRecordOf(record, specWith({ parameters: { replicas: 3, on: true, deep: { a: null, b: [1, 2] } } })),
    ).to.equal(true);
  });

  it('bears records without parameters, and names that every object has', () => {
    const { parameters: _, ...bare } = aRecord();
    expect(isRecordOf(bare as InstallationRecord, specWith({}))).to.equal(true);
    expect(isRecordOf(bare as InstallationRecord, specWith({ parameters: { constructor: 'x' } }))).to.equal(false);
  });

  const secret = given({ name: 'password', source: { secret: '01I-password' } });
  const differences: [string, InstallationRecord, Partial<InstallationSpec>][] = [
    ['a parameter differs', given({ name: 'n', source: { value: '1' } }), { parameters: { n: 2 } }],
    ['a parameter is missing', aRecord(), { parameters: { n: 2 } }],
    ['a parameter is left over', given({ name: 'n', source: { value: '1' } }), {}],
    ['a parameter is kept as a secret and cannot be compared', secret, { parameters: { password: 'p' } }],
    ['the version differs', aRecord(), { bundle: { repository: 'reg.example/shop', version: '1.5.0' } }],
    ['the repository differs', aRecord(), { bundle: { repository: 'reg.example/other', version: '1.4.0' } }],
    [
      'the digest differs',
      aRecord(),
      { bundle: { repository: 'reg.example/shop', digest: `sha256:${'1'.repeat(64)}` } },
    ],
    ['the sets differ', aRecord(), { credentialSets: ['aws'] }],
    ['the labels differ', aRecord(), { labels: { tier: 'web' } }],
    ['the run failed', aRecord({ resultStatus: 'failed' }), {}],
    ['it was uninstalled since', aRecord({ uninstalled: '2026-11-21T09:30:00Z' }), {}],
    ['it was never installed', aRecord({ installed: null }), {}],
  ];
  for (const [what, record, spec] of differences) {
    it(`does not hold when ${what}`, () => expect(isRecordOf(record, specWith(spec))).to.equal(false));
  }
});
