import { expect } from 'chai';
import { aSnapshot } from '../../../test/support/installation-snapshot.js';
import type { RunRequest } from '../../agent-run/run.js';
import { applyRun, purgeRun, uninstallRun } from './desired.js';

describe('The runs of an Installation', () => {
  const { object, wanted } = aSnapshot()
    .withSpec({ labels: { tier: 'web' }, credentialSets: ['aws'], parameters: { replicas: 3, debug: true } })
    .withSpec({ agentConfig: { name: 'big' } })
    .build();
  const documentOf = ({ files }: RunRequest) => files()['installation.yaml'];

  it('give Porter the document that upstream gives it', () => {
    expect(documentOf(applyRun(object, wanted))).to.equal(
      [
        'schemaVersion: 1.0.2',
        'name: shop',
        'namespace: prod',
        'bundle:',
        '    repository: reg.example/shop',
        '    version: 1.4.0',
        'labels:',
        '    tier: web',
        'credentialSets:',
        '    - aws',
        'parameters:',
        '    debug: true',
        '    replicas: 3',
        '',
      ].join('\n'),
    );
  });

  it('say in the document that it shall be uninstalled, after the namespace', () => {
    expect(documentOf(uninstallRun(object, wanted))).to.include('namespace: prod\nuninstalled: true\nbundle:');
  });

  it('are judged by the record of the installation', () => {
    const installation = { namespace: 'prod', name: 'shop' };
    for (const run of [applyRun, uninstallRun, purgeRun]) {
      expect(run(object, wanted).installation).to.deep.equal(installation);
    }
  });

  it('are owned by the object, except for the one that undoes it', () => {
    expect([applyRun, purgeRun, uninstallRun].map((run) => run(object, wanted).owned)).to.deep.equal([
      true,
      true,
      false,
    ]);
  });

  it('force only what is not to be uninstalled', () => {
    const command = ['installation', 'apply', 'installation.yaml'];
    const unwanted = aSnapshot().withSpec({ uninstalled: true }).build().object;
    expect(applyRun(object, wanted, { force: true }).args).to.deep.equal([...command, '--force']);
    expect(applyRun(unwanted, wanted, { force: true }).args).to.deep.equal(command);
    expect(uninstallRun(object, wanted).args).to.deep.equal(command);
  });

  it('remove a record by its Porter name', () => {
    expect(purgeRun(object, wanted).args).to.deep.equal(['installation', 'delete', '-n', 'prod', 'shop']);
  });

  it('name the AgentConfig, and none where an older client left the name empty', () => {
    const { object: bare } = aSnapshot()
      .withSpec({ agentConfig: { name: '' } })
      .build();
    expect(applyRun(object, wanted).agentConfig).to.equal('big');
    expect(applyRun(bare, wanted).agentConfig).to.equal(undefined);
  });
});
