import { expect } from 'chai';
import { LISTENING_PROBE } from '../../controllers/agent-run/job/side-program.js';
import type { InstallationDocument } from '../../integrations/porter/index.js';
import { LOGS_OUTPUT } from '../../integrations/porter/state/index.js';
import { OciRegistry } from '../../test/support/oci-registry.js';
import { AgentWorld } from './doubles/agent-world.js';
import { helloBundle } from './doubles/hello-bundle.js';
import type { BundleEnd, BundleInputs } from './doubles/played-bundle.js';
import { Crash } from './doubles/steps.js';

const OUTPUTS = {
  greeting: 'hello from the bundle',
  secretout: 'secret-of-the-bundle',
  'porter-state': '\u0001binary state',
};

describe('the built-in agent', () => {
  let registry: OciRegistry;
  let published: ReturnType<OciRegistry['putBundle']>;
  let world: AgentWorld;
  let play: (inputs: BundleInputs) => BundleEnd;

  before(async () => {
    registry = await new OciRegistry().start();
    published = registry.putBundle('hello', helloBundle(), 'v0.3.0');
  });
  after(() => registry.stop());
  beforeEach(async () => {
    play = () => ({ log: 'Install\ndone', outputs: OUTPUTS });
    world = await new AgentWorld(registry.host, (inputs) => play(inputs)).open();
    await world.secret('hello-token', 'token-value');
    await world.secret('kube/config', 'kubeconfig-value');
    await world.state.putCredentialSet({
      schemaVersion: '1.0.1',
      namespace: 'dev',
      name: 'hello-creds',
      credentials: [
        { name: 'token', source: { secret: 'hello-token' } },
        { name: 'kube', source: { secret: 'kube/config' } },
        { name: 'of-another-bundle', source: { secret: 'nowhere' } },
      ],
      status: {},
    });
    world.state.writes.length = 0;
  });
  afterEach(() => world.close());

  const shop = (parts: Partial<InstallationDocument> = {}): InstallationDocument => ({
    schemaVersion: '1.0.2',
    name: 'shop',
    namespace: 'dev',
    bundle: { repository: `${registry.host}/hello`, version: '0.3.0' },
    credentialSets: ['hello-creds'],
    ...parts,
  });
  const last = async () => (await world.state.lastRun('dev', 'shop'))!;
  const record = async () => (await world.state.installation('dev', 'shop'))!;

  describe('running a bundle', () => {
    it('writes records as Porter does, and the last result only when the outputs are there', async () => {
      expect((await world.apply(shop())).exitCode).to.equal(0);
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
      await world.apply(shop({ parameters: { name: 'cluster' } }));
      const run = await last();
      expect(run).to.deep.include({
        action: 'install',
        bundleReference: `${registry.host}/hello:v0.3.0`,
        bundleDigest: published.digest,
        credentialSets: ['hello-creds'],
      });
      expect(JSON.parse(run.bundle)).to.deep.equal(published.bundle);
      expect(run.parameters.parameters).to.deep.equal([
        { name: 'fail', source: { value: 'false' } },
        { name: 'name', source: { value: 'cluster' } },
        { name: 'password', source: { secret: `${run._id}-password` } },
        { name: 'porter-debug', source: { value: 'false' } },
        { name: 'porter-state', source: { value: '' } },
      ]);
      const { status } = await record();
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
      await world.apply(shop({ parameters: { name: 'cluster' } }));
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
        CNAB_REVISION: (await last()).revision,
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
      await world.apply(shop());
      await world.apply(shop({ parameters: { name: 'two' } }));
      const state = world.bundle.runs.map(({ files }) => files['/porter/state.tgz']);
      expect(state).to.deep.equal([undefined, Buffer.from(OUTPUTS['porter-state']).toString('base64')]);
    });

    it('creates a Job that carries the run’s revision and passes restricted Pod Security', async () => {
      await world.apply(shop());
      const [job] = world.cluster.jobs();
      const run = await last();
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
      expect(pod.containers[0]!.image).to.equal(`${registry.host}/hello@${published.imageDigest}`);
      expect(job!.spec).to.deep.include({ backoffLimit: 0, completions: 1 });
    });

    it('leaves no secret in Job, log or records, and no inputs behind', async () => {
      play = ({ env }) => ({
        log: `token is ${env['TOKEN']}, password is ${env['PASSWORD']}, out is secret-of-the-bundle`,
        outputs: OUTPUTS,
      });
      const { log } = await world.apply(shop({ parameters: { password: 'p4ssw0rd-inline' } }));
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
      await world.apply(shop());
      const output = [...world.state.outputRecords.values()].find(({ name }) => name === 'secretout');
      expect(output).to.deep.include({ value: null, key: `${(await last())._id}-secretout` });
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
      const result = await world.apply(shop({ parameterSets: ['global', 'own'], parameters: { fail: true } }));
      expect(result.exitCode).to.equal(0);
      expect(world.bundle.runs[0]!.env).to.include({
        NAME: 'value-from-env',
        PASSWORD: 'password-of-the-set',
        FAIL: 'true',
      });
    });
  });

  describe('recording and comparing', () => {
    it('keeps inline values that the action takes, sensitive ones under the run’s id', async () => {
      const bundle = helloBundle();
      Object.assign(bundle.parameters.name, { applyTo: ['install'] });
      registry.putBundle('narrow', bundle, 'v0.3.0');
      const narrow = (password: string) =>
        shop({
          bundle: { repository: `${registry.host}/narrow`, version: '0.3.0' },
          parameters: { name: 'cluster', password },
        });
      await world.apply(narrow('first-secret'));
      const kept = async () => (await record()).parameters.parameters;
      expect(await kept()).to.deep.equal([
        { name: 'name', source: { value: 'cluster' } },
        { name: 'password', source: { secret: `${(await last())._id}-password` } },
      ]);
      await world.apply(narrow('second-secret'));
      expect(await kept()).to.deep.equal([{ name: 'password', source: { secret: `${(await last())._id}-password` } }]);
    });

    it('takes another order of members for no change, also in text', async () => {
      const bundle = helloBundle();
      Object.assign(bundle.definitions, { 'name-parameter': { type: 'object' } });
      registry.putBundle('object', bundle, 'v0.3.0');
      const given = (name: unknown) =>
        shop({ bundle: { repository: `${registry.host}/object`, version: '0.3.0' }, parameters: { name } });
      await world.apply(given({ b: { d: 1, c: 2 }, a: 3 }));
      for (const same of [{ a: 3, b: { c: 2, d: 1 } }, '{"b": {"d": 1, "c": 2}, "a": 3}']) {
        expect((await world.apply(given(same))).log).to.match(/already up-to-date/);
      }
      expect((await world.apply(given({ a: 4 }))).log).to.match(/the parameters have changed/);
    });

    it('takes no porter-debug from a document', async () => {
      await world.apply(shop({ parameters: { 'porter-debug': true } }));
      expect(world.bundle.runs[0]?.env['PORTER_DEBUG']).to.equal('false');
    });

    it('lets bundles say as much as the configuration wants', async () => {
      await world.apply(shop());
      await world.configure({ verbosity: 'warning' });
      await world.apply(shop(), { force: true });
      expect(world.bundle.runs.map(({ env }) => env['PORTER_VERBOSITY'])).to.deep.equal(['info', 'warn']);
    });
  });

  describe('refusing', () => {
    const refusals: [string, () => Partial<InstallationDocument>, RegExp][] = [
      [
        'a tag that does not exist',
        () => ({ bundle: { repository: `${registry.host}/hello`, version: '9.9.9' } }),
        /^Error: unable to pull bundle: \S+hello:v9\.9\.9: .*not found/m,
      ],
      [
        'a reference that is none',
        () => ({ bundle: { repository: 'HELLO', tag: 'x' } }),
        /Error: invalid bundle reference/,
      ],
      [
        'an unknown parameter, by name',
        () => ({ parameters: { nmae: 'x' } }),
        /Error: parameter nmae not defined in bundle hello 0\.3\.0/,
      ],
      [
        'a value of the wrong type',
        () => ({ parameters: { fail: 'perhaps' } }),
        /Error: unable to convert parameter fail/,
      ],
      [
        'an unknown credential set',
        () => ({ credentialSets: ['nosuch'] }),
        /Error: could not find credential set named nosuch in the dev namespace or global namespace/,
      ],
      [
        'an unknown parameter set',
        () => ({ parameterSets: ['nosuch'] }),
        /Error: could not find parameter set named nosuch/,
      ],
      [
        'another schema version',
        () => ({ schemaVersion: '1.0.0' }),
        /Error: invalid installation: the schema version is 1\.0\.0 but/,
      ],
    ];
    for (const [what, parts, message] of refusals) {
      it(`refuses ${what} before anything is recorded or created`, async () => {
        const result = await world.apply(shop(parts()));
        expect(result.exitCode).to.equal(1);
        expect(result.log).to.match(message);
        expect(world.state.writes).to.deep.equal([]);
        expect(world.cluster.jobs()).to.deep.equal([]);
      });
    }

    it('names a credential whose secret is missing', async () => {
      await world.state.putCredentialSet({
        schemaVersion: '1.0.1',
        namespace: 'dev',
        name: 'broken',
        credentials: [{ name: 'token', source: { secret: 'gone' } }],
        status: {},
      });
      expect((await world.apply(shop({ credentialSets: ['broken'] }))).log).to.match(
        /Error: could not resolve credentials before running the bundle: unable to resolve credential token from secret gone/,
      );
    });

    it('names a required credential that no set has', async () => {
      const bundle = { ...helloBundle(), credentials: { token: { env: 'TOKEN', required: true } } };
      registry.putBundle('strict', bundle, 'v1.0.0');
      const result = await world.apply(
        shop({ bundle: { repository: `${registry.host}/strict`, version: '1.0.0' }, credentialSets: [] }),
      );
      expect(result.log).to.match(/Error: missing required credential "token"/);
    });

    it('refuses a bundle that could not be finished, before it has had an effect', async () => {
      const { greeting, ...outputs } = helloBundle().outputs;
      const broken: [object, RegExp][] = [
        [
          { outputs: { ...outputs, greeting: { ...greeting, definition: 'gone' } } },
          /unable to find definition for greeting/,
        ],
        [
          { outputs: { ...outputs, greeting: { ...greeting, path: '/cnab/app/outputs/../x' } } },
          /output greeting is not below/,
        ],
        [
          { credentials: { token: { path: '/cnab/app/outputs/token' } } },
          /credential token goes to the file .*, among the outputs/,
        ],
      ];
      for (const [parts, message] of broken) {
        registry.putBundle('broken', { ...helloBundle(), ...parts }, 'v1.0.0');
        const result = await world.apply(shop({ bundle: { repository: `${registry.host}/broken`, version: '1.0.0' } }));
        expect(result.log).to.match(message);
      }
      expect(world.cluster.jobs()).to.deep.equal([]);
    });

    it('knows the extensions that it has by their short names too', async () => {
      const requiredExtensions = ['file-parameters', 'parameter-sources'];
      registry.putBundle('short', { ...helloBundle(), requiredExtensions }, 'v1.0.0');
      const result = await world.apply(shop({ bundle: { repository: `${registry.host}/short`, version: '1.0.0' } }));
      expect(result.exitCode).to.equal(0);
    });

    it('names an extension that it does not know', async () => {
      registry.putBundle('deps', { ...helloBundle(), custom: { 'io.cnab.dependencies': {} } }, 'v1.0.0');
      const result = await world.apply(shop({ bundle: { repository: `${registry.host}/deps`, version: '1.0.0' } }));
      expect(result.log).to.match(/Error: the built-in agent does not support the extension io\.cnab\.dependencies/);
    });

    it('names a source that it does not read', async () => {
      await world.state.putCredentialSet({
        schemaVersion: '1.0.1',
        namespace: 'dev',
        name: 'shell',
        credentials: [{ name: 'token', source: { command: 'cat /etc/passwd' } }],
        status: {},
      });
      expect((await world.apply(shop({ credentialSets: ['shell'] }))).log).to.match(
        /does not support source "command" of credential token/,
      );
    });

    it('names inputs that no Secret can hold, before anything is created', async () => {
      const result = await world.apply(shop({ parameters: { name: 'x'.repeat(1_100_000) } }));
      expect(result.log).to.match(/Error: the inputs of this run have \d+ bytes/);
      expect(world.cluster.jobs()).to.deep.equal([]);
    });

    it('refuses a default in the place of an output of the bundle’s own whose value is gone', async () => {
      const bundle = helloBundle();
      Object.assign(bundle.custom['io.cnab.parameter-sources'], {
        password: { priority: ['output'], sources: { output: { name: 'secretout' } } },
      });
      registry.putBundle('own', bundle, 'v0.3.0');
      const own = (parts: Partial<InstallationDocument> = {}) =>
        shop({ bundle: { repository: `${registry.host}/own`, version: '0.3.0' }, ...parts });
      await world.apply(own());
      await world.apply(own(), { force: true });
      expect(world.bundle.runs.at(-1)?.env['PASSWORD']).to.equal(OUTPUTS.secretout);
      await world.forgetSecrets();
      const result = await world.apply(own({ credentialSets: [] }), { force: true });
      expect(result.log).to.match(
        /Error: unable to resolve parameter password from output secretout: there is no secret/,
      );
      expect(world.bundle.runs).to.have.length(2);
      const given = own({ credentialSets: [], parameters: { password: 'mine' } });
      expect((await world.apply(given, { force: true })).exitCode).to.equal(0);
    });

    it('refuses commands by name', async () => {
      for (const args of [
        ['plugins', 'install'],
        ['installation', 'upgrade', 'shop'],
        ['installation', 'apply', 'x', '--dry-run'],
        [],
      ]) {
        expect((await world.run(args)).log, args.join(' ')).to.match(/^Error: the built-in agent does not support/);
      }
    });
  });

  describe('when a bundle fails', () => {
    it('records the failure, keeps the log and ends with the bundle’s own words', async () => {
      play = () => ({
        exitCode: 17,
        log: 'Install\nError: error running command helper.sh: exit status 17\n1 error occurred:',
        outputs: { 'porter-state': 's' },
      });
      const result = await world.apply(shop());
      expect(result.exitCode).to.equal(1);
      expect(result.log.split('\n').at(-1)).to.match(
        /^Error: the bundle's install failed: error running command helper\.sh: exit status 17; bundle Pod \S+ exited with code 17$/,
      );
      expect(world.state.writes).to.include('result failed').and.to.include(`output ${LOGS_OUTPUT}`);
      expect((await record()).status).to.include({ resultStatus: 'failed', installed: null });
    });

    it('names an output that is missing', async () => {
      play = () => ({ outputs: { secretout: 'x' } });
      expect((await world.apply(shop())).log).to.match(/Error: required output greeting is missing and has no default/);
      expect((await record()).status.resultStatus).to.equal('failed');
    });

    it('takes no default for an output that did not get here, nor older state', async () => {
      const bundle = helloBundle();
      bundle.definitions['greeting-output'] = { type: 'string', default: 'hello' } as never;
      registry.putBundle('defaults', bundle, 'v0.3.0');
      const defaults = shop({ bundle: { repository: `${registry.host}/defaults`, version: '0.3.0' } });
      for (const tooLarge of ['greeting', 'porter-state']) {
        play = () => ({ outputs: { secretout: 'x' }, tooLarge: [tooLarge] });
        expect((await world.apply(defaults)).log).to.include(
          `required output ${tooLarge} is missing: the outputs are larger than 1 MiB`,
        );
      }
      play = () => ({ outputs: { secretout: 'x' } });
      expect((await world.apply(defaults)).exitCode).to.equal(0);
      const given = [...world.state.outputRecords.values()].find(({ name }) => name === 'greeting');
      expect(Buffer.from(given?.value ?? '', 'base64').toString()).to.equal('hello');
    });

    it('gives up a Pod whose image cannot be pulled, and says why', async () => {
      world.bundle.stuck = {
        phase: 'Pending',
        containerStatuses: [
          {
            name: 'invocation',
            image: '',
            imageID: '',
            ready: false,
            restartCount: 0,
            state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } },
          },
        ],
      };
      const result = await world.apply(shop());
      expect(result.log).to.match(
        /Error: the bundle's install failed; bundle Pod \S+ cannot start: ImagePullBackOff: Back-off pulling image/,
      );
      expect(world.cluster.jobs()).to.deep.equal([]);
    });

    it('waits for a node until the deadline, and then names it', async () => {
      world.bundle.stuck = {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' },
        ],
      };
      const result = await world.apply(shop());
      expect(result.log).to.match(
        /Error: .*ran longer than its deadline of 55\d s; its Pod was waiting: Unschedulable: 0\/1 nodes are available/,
      );
    });

    it('records the failure also when the log is gone together with its node', async () => {
      play = () => ({ exitCode: 1, log: 'never seen' });
      world.cluster.isNodeGone = true;
      const result = await world.apply(shop());
      expect(result.log).to.match(/Error: the bundle's install failed; bundle Pod \S+ exited with code 1$/);
      expect((await record()).status.resultStatus).to.equal('failed');
    });

    it('does not guess when the Job is removed behind its back', async () => {
      world.bundle.isSlow = true;
      const looks = world.apply(shop());
      world.cluster.onChange((kind) => {
        if (kind === 'pods')
          setImmediate(() => world.cluster.remove('jobs', world.cluster.jobs()[0]?.metadata.name ?? ''));
      });
      expect((await looks).log).to.match(/Error: bundle Job \S+ left no result: it is gone/);
      expect(world.state.writes).to.not.include('result failed');
    });
  });

  describe('when the world is in trouble', () => {
    it('waits for a state store that is away for minutes', async () => {
      world.state.outage = 20;
      expect((await world.apply(shop())).exitCode).to.equal(0);
    });

    it('waits for it also after the bundle has run', async () => {
      play = () => {
        world.state.outage = 20;
        return { outputs: OUTPUTS };
      };
      expect((await world.apply(shop())).exitCode).to.equal(0);
      expect((await record()).status.resultStatus).to.equal('succeeded');
    });

    it('gives up at its deadline, naming the store', async () => {
      world.state.outage = Infinity;
      expect((await world.apply(shop())).log).to.match(/Error: the state store is unavailable: server selection error/);
    });

    it('waits for another run of the same installation and then decides anew', async () => {
      const looksAtOthers = () => world.cluster.requests.filter((request) => request === 'GET jobs').length;
      world.deadlineSeconds = 1_000_000;
      world.bundle.isSlow = true;
      const first = world.apply(shop());
      await until(() => world.bundle.runs.length === 1);
      world.bundle.isSlow = false;
      const before = looksAtOthers();
      const second = world.apply(shop());
      await until(() => looksAtOthers() > before + 2);
      world.bundle.finishSlow();
      const results = await Promise.all([first, second]);
      expect(results.map(({ exitCode }) => exitCode)).to.deep.equal([0, 0]);
      expect(results[1].log).to.match(/waiting for bundle Job \S+ of the same installation/);
      expect(results[1].log).to.match(/already up-to-date/);
      expect(world.bundle.runs).to.have.length(1);
    });

    it('takes a result that is recorded for what it is, also before the installation tells of it', async () => {
      await world.apply(shop());
      const { status, ...rest } = await record();
      const untold = { ...status, runId: '', action: '', resultId: '', resultStatus: '' as const, installed: null };
      await world.state.putInstallation({ ...rest, status: untold });
      expect((await world.apply(shop())).log).to.match(/already up-to-date/);
      expect((await record()).status).to.include({ resultStatus: 'succeeded', runId: (await last())._id });
    });

    it('records the end of a run whose agent is gone, before it decides', async () => {
      world.bundle.isSlow = true;
      world.steps.crash(28, 'after');
      await world.apply(shop()).catch(() => undefined);
      world.steps.calm();
      expect(world.bundle.runs, 'the first agent is to be gone while its bundle runs').to.have.length(1);
      world.bundle.isSlow = false;
      world.bundle.finishSlow();
      const result = await world.apply(shop());
      expect(result.log)
        .to.match(/whose agent is gone/)
        .and.to.match(/already up-to-date/);
      expect((await record()).status.resultStatus).to.equal('succeeded');
      expect(world.bundle.runs).to.have.length(1);
    });
  });

  describe('when it is ended at any moment and started again', () => {
    async function requestsOf(document: InstallationDocument): Promise<number> {
      world.steps.calm();
      await world.apply(document);
      return world.steps.count;
    }

    const ends = (['before', 'after'] as const).flatMap((when) => [
      { when, again: true, who: 'it' },
      { when, again: false, who: 'another agent' },
    ]);
    for (const { when, again, who } of ends) {
      it(`runs the bundle once and records one result, ${when} whichever request it ends and ${who} goes on`, async function () {
        this.timeout(60_000);
        const total = await requestsOf(shop());
        expect(total).to.be.greaterThan(15);
        for (let step = 1; step <= total; step++) {
          await world.close();
          world = await new AgentWorld(registry.host, () => ({ log: 'done', outputs: OUTPUTS })).open();
          await world.secret('hello-token', 'token-value');
          world.steps.crash(step, when);
          const first = await world.apply(shop({ credentialSets: [] })).catch((error: unknown) => error);
          if (!(first instanceof Crash)) {
            expect(step, 'every request of a run is to be met').to.be.greaterThan(15);
            break;
          }
          world.steps.calm();
          const second = await world.apply(shop({ credentialSets: [] }), { again });
          const at = `${when} step ${step}: ${second.log}`;
          expect(second.exitCode, at).to.equal(0);
          expect(world.bundle.runs, at).to.have.length(1);
          // A run that was recorded and never let go stays in the record as Porter would leave it.
          if (again) expect(world.state.runRecords.size, at).to.equal(1);
          const finals = [...world.state.resultRecords.values()].filter(({ status }) => status !== 'running');
          expect(
            finals.map(({ status }) => status),
            at,
          ).to.deep.equal(['succeeded']);
          expect((await record()).status, at).to.include({ resultStatus: 'succeeded', runId: (await last())._id });
          expect(
            [...world.state.outputRecords.values()].map(({ name }) => name),
            at,
          ).to.include('greeting');
          expect(world.cluster.secrets(), at).to.deep.equal([]);
        }
      });
    }
  });

  describe('when a reply is lost', () => {
    it('comes to the same end, whichever reply it is', async function () {
      this.timeout(60_000);
      world.steps.calm();
      await world.apply(shop({ credentialSets: [] }));
      const total = world.steps.count;
      for (let step = 1; step <= total; step++) {
        await world.close();
        world = await new AgentWorld(registry.host, () => ({ log: 'done', outputs: OUTPUTS })).open();
        world.steps.lost = step;
        const result = await world.apply(shop({ credentialSets: [] }));
        const at = `reply ${step}: ${result.log}`;
        expect(result.exitCode, at).to.equal(0);
        expect(world.bundle.runs, at).to.have.length(1);
        expect(
          [...world.state.resultRecords.values()].map(({ status }) => status),
          at,
        ).to.deep.equal(['running', 'succeeded']);
        expect(world.cluster.secrets(), at).to.deep.equal([]);
      }
    });
  });

  describe('other commands', () => {
    it('invokes a custom action without making it the installation’s last', async () => {
      await world.apply(shop());
      const before = (await record()).status;
      const result = await world.run(['installation', 'invoke', 'shop', '--action', 'status', '-n', 'dev']);
      expect(result.exitCode).to.equal(0);
      expect((await last()).action).to.equal('status');
      expect((await record()).status).to.deep.equal(before);
    });

    it('takes the command line first, then sets, then what the document gave the last time', async () => {
      const set = (name: string, ...values: string[]) =>
        world.state.putParameterSet({
          ...{ schemaVersion: '1.1.0', namespace: 'dev', name, status: {} },
          parameters: values.map((value) => ({ name: value, source: { value: `of ${name}` } })),
        });
      await set('one', 'name');
      await set('two', 'password');
      await world.apply(shop({ parameters: { name: 'of the document', password: 'pw of the document', fail: true } }));
      const invoke = ['installation', 'invoke', '-p', 'one', '-p', 'two', '--param', 'porter-debug=true'];
      await world.run([...invoke, '--param', 'password= of the command = ', 'shop', '--action', 'status', '-n', 'dev']);
      expect(world.bundle.runs.at(-1)?.env).to.include({
        NAME: 'of one',
        PASSWORD: 'of the command =',
        FAIL: 'true',
        PORTER_DEBUG: 'true',
      });
      expect((await record()).parameterSets).to.deep.equal(['one', 'two']);
    });

    it('runs another bundle that is given by a reference, and goes on with it', async () => {
      await world.apply(shop({ parameters: { name: 'mine' } }));
      const { name: _, ...parameters } = helloBundle('0.4.0').parameters;
      registry.putBundle('hello', { ...helloBundle('0.4.0'), parameters }, 'v0.4.0');
      const reference = `${registry.host}/hello:0.4.0`;
      const result = await world.run(['installation', 'uninstall', 'shop', '-n', 'dev', '-r', reference]);
      expect(result.exitCode, result.log).to.equal(0);
      expect((await last()).bundleReference).to.equal(`${registry.host}/hello:v0.4.0`);
      expect((await record()).bundle).to.deep.equal({ repository: `${registry.host}/hello`, version: '0.4.0' });
    });

    it('invokes on what is not installed only what changes nothing and needs no state', async () => {
      const invoke = (action: string, ...more: string[]) =>
        world.run(['invoke', 'nothing', '--action', action, '-n', 'dev', ...more]);
      const reference = ['-r', `${registry.host}/hello:v0.3.0`];
      expect((await invoke('help', ...reference)).exitCode).to.equal(0);
      expect(world.bundle.runs.at(-1)?.env).to.include({ CNAB_ACTION: 'help', CNAB_INSTALLATION_NAME: 'dev/nothing' });
      expect(world.state.writes).to.deep.equal([]);
      for (const [action, ...more] of [['help'], ['status', ...reference], ['dance', ...reference]] as const) {
        expect((await invoke(action, ...more)).log).to.match(/Error: could not find installation dev\/nothing/);
      }
    });

    it('leaves no trace of a stateless action', async () => {
      await world.apply(shop());
      const runs = world.state.runRecords.size;
      expect((await world.run(['invoke', 'shop', '--action=help', '-n', 'dev'])).exitCode).to.equal(0);
      expect(world.bundle.runs.at(-1)?.env['CNAB_ACTION']).to.equal('help');
      expect(world.state.runRecords.size).to.equal(runs);
    });

    it('refuses an action that the bundle does not have', async () => {
      await world.apply(shop());
      expect((await world.run(['invoke', 'shop', '--action', 'dance', '-n', 'dev'])).log).to.match(
        /Error: invalid action 'dance' specified for bundle hello/,
      );
    });

    it('uninstalls by name with the parameters of the last time', async () => {
      await world.apply(shop({ parameters: { name: 'mine', password: 'kept-secret' } }));
      expect((await world.run(['installation', 'uninstall', 'shop', '-n', 'dev'])).exitCode).to.equal(0);
      expect(world.bundle.runs.at(-1)?.env).to.include({
        CNAB_ACTION: 'uninstall',
        NAME: 'mine',
        PASSWORD: 'kept-secret',
      });
      expect((await record()).status.uninstalled).to.match(/Z$/);
    });

    it('deletes records only after an uninstall, or by force, and succeeds when there are none', async () => {
      const remove = (...more: string[]) => world.run(['installation', 'delete', 'shop', '-n', 'dev', ...more]);
      await world.apply(shop());
      expect((await remove()).log).to.match(/Error: unable to delete the installation records/);
      expect((await remove('--force')).exitCode).to.equal(0);
      expect(world.state.runRecords.size).to.equal(0);
      expect((await remove()).exitCode).to.equal(0);
    });

    it('lists installations as Porter does, without parameters', async () => {
      await world.apply(shop({ parameters: { password: 'kept-secret' } }));
      const { log } = await world.run(['installation', 'list', '-n', 'dev', '-o', 'json']);
      const [listed] = JSON.parse(log) as Record<string, unknown>[];
      expect(listed).to.deep.include({ name: 'shop', namespace: 'dev', schemaType: 'Installation' });
      expect(listed!['_calculated']).to.deep.equal({
        resolvedParameters: null,
        displayInstallationState: 'installed',
        displayInstallationStatus: 'succeeded',
      });
      expect(listed).to.not.have.property('parameters');
    });

    it('lists the last changed first, and leaves out what Porter has no word for', async () => {
      for (const name of ['a', 'c', 'b']) await world.apply(shop({ name }));
      await world.state.putInstallation({
        ...(await world.state.installation('dev', 'a'))!,
        status: { ...(await world.state.installation('dev', 'a'))!.status, resultStatus: 'canceled' },
      });
      const { log } = await world.run(['inst', 'list', '-n', 'dev', '-o', 'json']);
      const records = JSON.parse(log) as { name: string; _calculated: object }[];
      expect(records.map(({ name }) => name)).to.deep.equal(['b', 'c', 'a']);
      expect(records[2]?._calculated).to.not.have.property('displayInstallationStatus');
    });

    it('lists as installed what was installed again after it was uninstalled', async () => {
      await world.apply(shop());
      await world.apply(shop({ uninstalled: true }));
      const state = async () => {
        const { log } = await world.run(['installation', 'list', '-n', 'dev', '-o', 'json']);
        const [listed] = JSON.parse(log) as { _calculated: { displayInstallationState: string } }[];
        return listed?._calculated.displayInstallationState;
      };
      expect(await state()).to.equal('uninstalled');
      await world.apply(shop(), { force: true });
      expect(await state()).to.equal('installed');
      expect((await record()).status.uninstalled).to.match(/Z$/);
    });

    it('applies and deletes credential and parameter sets', async () => {
      await world.write(
        'work/credentials.yaml',
        'schemaVersion: 1.0.1\nname: c\nnamespace: dev\ncredentials: [{name: token, source: {secret: x}}]\n',
      );
      await world.write(
        'work/parameters.yaml',
        'schemaVersion: 1.1.0\nname: p\nparameters: [{name: n, source: {value: [1, 2]}}]\n',
      );
      expect((await world.run(['credentials', 'apply', 'credentials.yaml'])).log).to.equal(
        'Applied dev/c credential set',
      );
      expect((await world.run(['parameters', 'apply', 'parameters.yaml', '-n', 'dev'])).log).to.equal(
        'Applied dev/p parameter set',
      );
      expect(world.state.parameterSets.get('dev/p')?.parameters).to.deep.equal([
        { name: 'n', source: { value: '[1,2]' } },
      ]);
      await world.run(['creds', 'delete', '-n', 'dev', 'c']);
      await world.run(['parameters', 'delete', '-n', 'dev', 'p']);
      expect([world.state.credentialSets.has('dev/c'), world.state.parameterSets.size]).to.deep.equal([false, 0]);
    });
  });
});

/** Lets everything else go on until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!isSo() && performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
  expect(isSo(), 'what was waited for').to.equal(true);
}
