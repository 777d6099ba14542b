import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { anInstallation } from '../support/builders.js';
import { Cluster, CLUSTER_NAME } from '../support/cluster.js';
import { create, untilReady, world } from './world.js';

const RECORDS = 'staterecords.state.getporter.org';
const ADMINISTRATOR = '';
const SOMEBODY = '--as=somebody';
const NOWHERE = '--server=https://127.0.0.1:1';

interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

describe('Removing the operator', () => {
  let folder = '';

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'porterops-guard-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is refused while there are resources, which are named, and touches none of them', async () => {
    await create(anInstallation());
    const { code, stderr } = await run('hack/guard-resources', [], ADMINISTRATOR);
    expect(stderr).to.match(new RegExp(`Installation +${world().namespace} +shop`));
    expect(stderr).to.include('POLICY=uninstall').and.include('POLICY=orphan');
    expect(code).to.equal(1);
    const { metadata } = await world().api.get(INSTALLATIONS, { namespace: world().namespace, name: 'shop' });
    expect(metadata.deletionTimestamp).to.equal(undefined);
  });

  it('is refused to somebody who may not see whether there are resources', async () => {
    const { code, stderr } = await run('hack/guard-resources', [], SOMEBODY, { POLICY: 'uninstall' });
    expect(stderr).to.include('forbidden').and.include('nothing is removed');
    expect(code).to.equal(1);
  });

  it('is refused when the cluster does not answer', async () => {
    const { code, stderr } = await run('hack/guard-resources', [], NOWHERE, { POLICY: 'orphan' });
    expect(stderr).to.include('nothing is removed');
    expect(code).to.equal(1);
  });

  it('keeps what opens the records of Porter while there are any, and says so', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const kept = await run('hack/remove', ['config/default'], ADMINISTRATOR);
    expect(kept.code, kept.stderr).to.equal(0);
    expect(kept.stderr).to.include("Porter's records").and.include('RECORDS=delete');
    expect(kept.stdout).to.include('"installations.getporter.org" deleted').and.include('"porterops-manager" deleted');
    expect(kept.stdout).not.to.include(RECORDS);
    expect(kept.stdout).not.to.match(/^namespace /m);
  });

  it('takes the records away where that is said', async () => {
    const { code, stdout, stderr } = await run('hack/remove', ['config/default'], ADMINISTRATOR, { RECORDS: 'delete' });
    expect(code, stderr).to.equal(0);
    expect(stdout)
      .to.include(`"${RECORDS}" deleted`)
      .and.match(/^namespace "porterops-system" deleted/m);
  });

  it('is refused to somebody who may not see whether there are records', async () => {
    const { code, stdout, stderr } = await run('hack/remove', ['config/default'], SOMEBODY);
    expect(stderr).to.include('forbidden').and.include('nothing is removed');
    expect(stdout).to.equal('');
    expect(code).to.equal(1);
  });

  /** Runs a script of hack/ with a kubectl that has the cluster only played with what is to be deleted: all tests share it. */
  async function run(script: string, args: string[], option: string, env: Record<string, string> = {}): Promise<Said> {
    const kubectl = join(folder, 'kubectl');
    writeFileSync(
      kubectl,
      `#!/bin/sh
case " $* " in *' delete '*) set -- "$@" --dry-run=server ;; esac
exec ${kubectlOfCluster()} ${option} "$@"
`,
    );
    chmodSync(kubectl, 0o755);
    const { kubeconfig } = world().cluster;
    return new Promise((resolve) => {
      const options = {
        env: { ...process.env, POLICY: '', RECORDS: '', KUBECONFIG: kubeconfig, ...env, KUBECTL: kubectl },
      };
      execFile(script, args, options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  }

  function kubectlOfCluster(): string {
    if (Cluster.isGiven()) return process.env['KUBECTL'] ?? 'kubectl';
    return `hack/cluster --name ${process.env[CLUSTER_NAME] ?? 'integration'} kubectl`;
  }
});
