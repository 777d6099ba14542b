import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CREDENTIAL_SETS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { aCredentialSet, anInstallation, aSecret } from '../support/builders.js';
import { Cluster, clusterName } from '../support/cluster.js';
import { PATIENCE_MS } from '../support/eventually.js';
import { agentCommands, create, get, list, runsOf, untilGone, untilReady, world } from './world.js';

const RECORDS = 'staterecords.state.getporter.org';
const ADMINISTRATOR = '';
const SOMEBODY = '--as=somebody';
const NOWHERE = '--server=https://127.0.0.1:1';
/** Shell lines before kubectl is called: what is to be deleted is only played, since all tests share the cluster. */
const PLAYED = `case " $* " in *' delete '*) set -- "$@" --dry-run=server ;; esac`;

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
    const { code, stderr } = await play('hack/guard-resources', [], ADMINISTRATOR);
    expect(stderr).to.match(new RegExp(`Installation +${world().namespace} +shop`));
    expect(stderr).to.include('POLICY=uninstall').and.include('POLICY=orphan');
    expect(code).to.equal(1);
    const { metadata } = await world().api.get(INSTALLATIONS, { namespace: world().namespace, name: 'shop' });
    expect(metadata.deletionTimestamp).to.equal(undefined);
  });

  it('is refused to somebody who may not see whether there are resources', async () => {
    const { code, stderr } = await play('hack/guard-resources', [], SOMEBODY, { POLICY: 'uninstall' });
    expect(stderr).to.include('forbidden').and.include('nothing is removed');
    expect(code).to.equal(1);
  });

  it('is refused when the cluster does not answer', async () => {
    const { code, stderr } = await play('hack/guard-resources', [], NOWHERE, { POLICY: 'orphan' });
    expect(stderr).to.include('nothing is removed');
    expect(code).to.equal(1);
  });

  it('with POLICY=uninstall waits until what was installed is uninstalled, with its sets', async () => {
    await create(aSecret('token').withValue('s3cret'));
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await create(anInstallation().withCredentialSets('aws'));
    await untilReady(INSTALLATIONS, 'shop');
    const { code, stderr } = await guard('uninstall');
    expect(code, stderr).to.equal(0);
    expect([...(await list(INSTALLATIONS)), ...(await list(CREDENTIAL_SETS))]).to.deep.equal([]);
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install', 'uninstall']);
  });

  it('with POLICY=orphan leaves what is installed', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const { code, stderr } = await guard('orphan');
    expect(code, stderr).to.equal(0);
    expect(await list(INSTALLATIONS)).to.deep.equal([]);
    expect((await runsOf('shop')).map(({ action }) => action)).to.deep.equal(['install']);
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('says what has not gone, and the ways out, when the operator does not run', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    await world().operator.kill();
    const { code, stderr } = await guard('uninstall', 1000);
    expect(stderr).to.include('have not gone (1 s');
    expect(stderr).to.match(new RegExp(`Installation +${world().namespace} +shop`));
    expect(stderr).to.include('Only a running operator').and.include('POLICY=orphan').and.include('"finalizers":null');
    expect(code).to.equal(1);
    expect((await get(INSTALLATIONS, 'shop')).metadata.finalizers).to.have.length.above(0);
    await world().operator.start();
    await untilGone(INSTALLATIONS, 'shop');
  });

  it('keeps what opens the records of Porter while there are any, and says so', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    const kept = await play('hack/remove', ['config/default'], ADMINISTRATOR);
    expect(kept.code, kept.stderr).to.equal(0);
    expect(kept.stderr).to.include("Porter's records").and.include('RECORDS=delete');
    expect(kept.stdout).to.include('"installations.getporter.org" deleted').and.include('"porterops-manager" deleted');
    expect(kept.stdout).not.to.include(RECORDS);
    expect(kept.stdout).not.to.match(/^namespace /m);
  });

  it('takes the records away where that is said', async () => {
    const { code, stdout, stderr } = await play('hack/remove', ['config/default'], ADMINISTRATOR, {
      RECORDS: 'delete',
    });
    expect(code, stderr).to.equal(0);
    expect(stdout)
      .to.include(`"${RECORDS}" deleted`)
      .and.match(/^namespace "porterops-system" deleted/m);
  });

  it('is refused to somebody who may not see whether there are records', async () => {
    const { code, stdout, stderr } = await play('hack/remove', ['config/default'], SOMEBODY);
    expect(stderr).to.include('forbidden').and.include('nothing is removed');
    expect(stdout).to.equal('');
    expect(code).to.equal(1);
  });

  /** Runs a script of hack/, which deletes nothing. */
  async function play(script: string, args: string[], option: string, env: Record<string, string> = {}): Promise<Said> {
    return run(script, args, `${PLAYED}\nexec ${kubectlOfCluster()} ${option} "$@"`, env);
  }

  /** Runs hack/guard-resources for real, on the test's namespace alone: what other tests have left need not go. */
  async function guard(policy: string, patienceMs = PATIENCE_MS): Promise<Said> {
    const scoped = `for argument; do
  shift
  [ "$argument" != --all-namespaces ] || argument=--namespace=${world().namespace}
  set -- "$@" "$argument"
done`;
    const env = { POLICY: policy, PATIENCE: String(patienceMs / 1000) };
    return run('hack/guard-resources', [], `${scoped}\nexec ${kubectlOfCluster()} "$@"`, env);
  }

  /** Runs a script of hack/ with a kubectl that is the given shell script. */
  async function run(script: string, args: string[], kubectlText: string, env: Record<string, string>): Promise<Said> {
    const kubectl = join(folder, 'kubectl');
    writeFileSync(kubectl, `#!/bin/sh\n${kubectlText}\n`);
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
    return `hack/cluster --name ${clusterName('integration')} kubectl`;
  }
});
