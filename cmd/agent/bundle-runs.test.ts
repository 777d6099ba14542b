import { expect } from 'chai';
import { LISTENING_PROBE } from '../../controllers/agent-run/job/side-program.js';
import { LOGS_OUTPUT } from '../../integrations/porter/state/index.js';
import { HELLO_OUTPUTS } from './doubles/hello-bundle.js';
import { HelloWorld } from './doubles/hello-world.js';
import type { BundleInputs } from './doubles/played-bundle.js';

describe('the built-in agent, running a bundle,', () => {
  let world: HelloWorld;

  beforeEach(async () => (world = await HelloWorld.start()));
  afterEach(() => world.close());

  it('writes records as Porter does, and the last result only when the outputs are there', async () => {
    expect((await world.apply()).exitCode).to.equal(0);
    expect(world.state.writes).to.deep.equal([
      'installation',
      'run',
      'result running',
      'output greeting',
      'output secretout',
      'output porter-state',
      `output ${LOGS_OUTPUT}`,
      'result succeeded',
      'installation',
    ]);
  });

  it('records what Porter records of the run and the installation', async () => {
    await world.apply({ parameters: { name: 'cluster' } });
    const run = await world.lastRun();
    expect(run).to.deep.include({
      action: 'install',
      bundleReference: `${world.registry.host}/hello:v0.3.0`,
      bundleDigest: world.published.digest,
      credentialSets: ['hello-creds'],
    });
    expect(JSON.parse(run.bundle)).to.deep.equal(world.published.bundle);
    expect(run.parameters.parameters).to.deep.equal([
      { name: 'fail', source: { value: 'false' } },
      { name: 'name', source: { value: 'cluster' } },
      { name: 'password', source: { secret: `${run._id}-password` } },
      { name: 'porter-debug', source: { value: 'false' } },
      { name: 'porter-state', source: { value: '' } },
    ]);
    const { status } = await world.recorded();
    expect(status).to.deep.include({
      runId: run._id,
      action: 'install',
      resultStatus: 'succeeded',
      bundleVersion: '0.3.0',
      uninstalled: null,
    });
    expect(status.installed).to.match(/Z$/);
  });

  it('gives the bundle its parameters, credentials and CNAB’s environment', async () => {
    await world.apply({ parameters: { name: 'cluster' } });
    const [{ env, files }] = world.bundle.runs as [BundleInputs];
    expect(env).to.include({
      NAME: 'cluster',
      FAIL: 'false',
      PASSWORD: 'default-secret',
      TOKEN: 'token-value',
      CNAB_ACTION: 'install',
      CNAB_BUNDLE_NAME: 'hello',
      CNAB_BUNDLE_VERSION: '0.3.0',
      CNAB_INSTALLATION_NAME: 'dev/shop',
      CNAB_REVISION: (await world.lastRun()).revision,
      PORTER_INSTALLATION_NAME: 'shop',
    });
    expect(Object.keys(files).sort()).to.deep.equal([
      '/cnab/app/image-map.json',
      '/cnab/app/relocation-mapping.json',
      '/cnab/bundle.json',
      '/cnab/claim.json',
      '/home/nonroot/.kube/config',
    ]);
    expect(JSON.parse(files['/cnab/claim.json']!)).to.deep.include({ action: 'install', installation: 'dev/shop' });
  });

  it('gives Porter’s state to the next run, and no file where there is none yet', async () => {
    await world.apply();
    await world.apply({ parameters: { name: 'two' } });
    const state = world.bundle.runs.map(({ files }) => files['/porter/state.tgz']);
    expect(state).to.deep.equal([undefined, Buffer.from(HELLO_OUTPUTS['porter-state']).toString('base64')]);
  });

  it('creates a Job that carries the run’s revision and passes restricted Pod Security', async () => {
    await world.apply();
    const [job] = world.cluster.jobs();
    const run = await world.lastRun();
    expect(job!.metadata.annotations).to.include({
      'cnab.io/action': 'install',
      'cnab.io/installation': 'dev/shop',
      'cnab.io/revision': run.revision,
    });
    expect(job!.metadata.labels).to.include({
      'cnab.io/driver': 'kubernetes',
      'getporter.org/jobType': 'bundle-installer',
    });
    expect(job!.metadata.ownerReferences?.[0]).to.include({ kind: 'AgentAction', uid: 'uid-1' });
    const pod = job!.spec!.template.spec!;
    expect(pod.automountServiceAccountToken).to.equal(false);
    expect(pod.securityContext).to.deep.include({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const container of [...pod.containers, ...pod.initContainers!]) {
      expect(container.securityContext, container.name).to.deep.include({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
    const outputs = pod.initContainers?.find(({ name }) => name === 'outputs');
    expect(outputs).to.deep.include({ restartPolicy: 'Always', startupProbe: LISTENING_PROBE });
    expect(pod.containers[0]!.image).to.equal(`${world.registry.host}/hello@${world.published.imageDigest}`);
    expect(job!.spec).to.deep.include({ backoffLimit: 0, completions: 1 });
  });

  it('leaves no secret in Job, log or records, and no inputs behind', async () => {
    world.bundle.play = ({ env }) => ({
      log: `token is ${env['TOKEN']}, password is ${env['PASSWORD']}, out is secret-of-the-bundle`,
      outputs: HELLO_OUTPUTS,
    });
    const { log } = await world.apply({ parameters: { password: 'p4ssw0rd-inline' } });
    const seen = JSON.stringify([
      log,
      world.cluster.jobs(),
      world.cluster.pods(),
      [...world.cluster.logs].filter(([name]) => name.endsWith('/outputs')),
      [...world.state.runRecords.values()],
      [...world.state.installationRecords.values()],
      [...world.state.outputRecords.values()].map((output) => ({
        ...output,
        text: Buffer.from(output.value ?? '', 'base64').toString(),
      })),
    ]);
    for (const secret of [
      'token-value',
      'p4ssw0rd-inline',
      'secret-of-the-bundle',
      'kubeconfig-value',
      'store-password',
    ]) {
      expect(seen).to.not.include(secret);
    }
    expect(world.cluster.secrets()).to.deep.equal([]);
  });

  it('keeps sensitive outputs as files under the key that the record names', async () => {
    await world.apply();
    const output = [...world.state.outputRecords.values()].find(({ name }) => name === 'secretout');
    expect(output).to.deep.include({ value: null, key: `${(await world.lastRun())._id}-secretout` });
  });

  it('resolves parameters: defaults, then sets in order, then the document', async () => {
    const set = (name: string, values: object) =>
      world.state.putParameterSet({
        schemaVersion: '1.1.0',
        namespace: name === 'global' ? '' : 'dev',
        name,
        parameters: Object.entries(values).map(([key, source]) => ({
          name: key,
          source: source as Record<string, string>,
        })),
        status: {},
      });
    await world.secret('set-password', 'password-of-the-set');
    await set('global', { name: { value: 'from-global' }, password: { secret: 'set-password' } });
    await set('own', { name: { env: 'FROM_ENV' }, fail: { secret: 'not-there-but-overridden' } });
    const result = await world.apply({ parameterSets: ['global', 'own'], parameters: { fail: true } });
    expect(result.exitCode).to.equal(0);
    expect(world.bundle.runs[0]!.env).to.include({
      NAME: 'value-from-env',
      PASSWORD: 'password-of-the-set',
      FAIL: 'true',
    });
  });

  it('takes no porter-debug from a document', async () => {
    await world.apply({ parameters: { 'porter-debug': true } });
    expect(world.bundle.runs[0]?.env['PORTER_DEBUG']).to.equal('false');
  });

  it('lets bundles say as much as the configuration wants', async () => {
    await world.apply();
    await world.configure({ verbosity: 'warning' });
    await world.apply({}, { force: true });
    expect(world.bundle.runs.map(({ env }) => env['PORTER_VERBOSITY'])).to.deep.equal(['info', 'warn']);
  });
});
