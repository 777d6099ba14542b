import { expect } from 'chai';
import type { InstallationDocument } from '../../integrations/porter/index.js';
import { HELLO_OUTPUTS, helloBundle } from './doubles/hello-bundle.js';
import { HelloWorld } from './doubles/hello-world.js';

describe('the built-in agent, asked for what it cannot do,', () => {
  let world: HelloWorld;

  beforeEach(async () => (world = await HelloWorld.start()));
  afterEach(() => world.close());

  const refusals: [string, () => Partial<InstallationDocument>, RegExp][] = [
    [
      'a tag that does not exist',
      () => ({ bundle: world.bundleOf('hello', '9.9.9') }),
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
      const result = await world.apply(parts());
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
    expect((await world.apply({ credentialSets: ['broken'] })).log).to.match(
      /Error: could not resolve credentials before running the bundle: unable to resolve credential token from secret gone/,
    );
  });

  it('names a required credential that no set has', async () => {
    const bundle = { ...helloBundle(), credentials: { token: { env: 'TOKEN', required: true } } };
    world.registry.putBundle('strict', bundle, 'v1.0.0');
    const result = await world.apply({ bundle: world.bundleOf('strict', '1.0.0'), credentialSets: [] });
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
      world.registry.putBundle('broken', { ...helloBundle(), ...parts }, 'v1.0.0');
      const result = await world.apply({ bundle: world.bundleOf('broken', '1.0.0') });
      expect(result.log).to.match(message);
    }
    expect(world.cluster.jobs()).to.deep.equal([]);
  });

  it('knows the extensions that it has by their short names too', async () => {
    const requiredExtensions = ['file-parameters', 'parameter-sources'];
    world.registry.putBundle('short', { ...helloBundle(), requiredExtensions }, 'v1.0.0');
    const result = await world.apply({ bundle: world.bundleOf('short', '1.0.0') });
    expect(result.exitCode).to.equal(0);
  });

  it('names an extension that it does not know', async () => {
    world.registry.putBundle('deps', { ...helloBundle(), custom: { 'io.cnab.dependencies': {} } }, 'v1.0.0');
    const result = await world.apply({ bundle: world.bundleOf('deps', '1.0.0') });
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
    expect((await world.apply({ credentialSets: ['shell'] })).log).to.match(
      /does not support source "command" of credential token/,
    );
  });

  it('names inputs that no Secret can hold, before anything is created', async () => {
    const result = await world.apply({ parameters: { name: 'x'.repeat(1_100_000) } });
    expect(result.log).to.match(/Error: the inputs of this run have \d+ bytes/);
    expect(world.cluster.jobs()).to.deep.equal([]);
  });

  it('refuses a default in the place of an output of the bundle’s own whose value is gone', async () => {
    const bundle = helloBundle();
    Object.assign(bundle.custom['io.cnab.parameter-sources'], {
      password: { priority: ['output'], sources: { output: { name: 'secretout' } } },
    });
    world.registry.putBundle('own', bundle, 'v0.3.0');
    const own = (parts: Partial<InstallationDocument> = {}) => ({ bundle: world.bundleOf('own'), ...parts });
    await world.apply(own());
    await world.apply(own(), { force: true });
    expect(world.bundle.runs.at(-1)?.env['PASSWORD']).to.equal(HELLO_OUTPUTS.secretout);
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
