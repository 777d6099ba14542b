import { expect } from 'chai';
import { helloBundle } from './doubles/hello-bundle.js';
import { HelloWorld } from './doubles/hello-world.js';

describe('the built-in agent, given another command than installation apply,', () => {
  let world: HelloWorld;

  beforeEach(async () => (world = await HelloWorld.start()));
  afterEach(() => world.close());

  it('invokes a custom action without making it the installation’s last', async () => {
    await world.apply();
    const before = (await world.recorded()).status;
    const result = await world.run(['installation', 'invoke', 'shop', '--action', 'status', '-n', 'dev']);
    expect(result.exitCode).to.equal(0);
    expect((await world.lastRun()).action).to.equal('status');
    expect((await world.recorded()).status).to.deep.equal(before);
  });

  it('takes the command line first, then sets, then what the document gave the last time', async () => {
    const set = (name: string, ...values: string[]) =>
      world.state.putParameterSet({
        ...{ schemaVersion: '1.1.0', namespace: 'dev', name, status: {} },
        parameters: values.map((value) => ({ name: value, source: { value: `of ${name}` } })),
      });
    await set('one', 'name');
    await set('two', 'password');
    await world.apply({ parameters: { name: 'of the document', password: 'pw of the document', fail: true } });
    const invoke = ['installation', 'invoke', '-p', 'one', '-p', 'two', '--param', 'porter-debug=true'];
    await world.run([...invoke, '--param', 'password= of the command = ', 'shop', '--action', 'status', '-n', 'dev']);
    expect(world.bundle.runs.at(-1)?.env).to.include({
      NAME: 'of one',
      PASSWORD: 'of the command =',
      FAIL: 'true',
      PORTER_DEBUG: 'true',
    });
    expect((await world.recorded()).parameterSets).to.deep.equal(['one', 'two']);
  });

  it('runs another bundle that is given by a reference, and goes on with it', async () => {
    await world.apply({ parameters: { name: 'mine' } });
    const { name: _, ...parameters } = helloBundle('0.4.0').parameters;
    world.registry.putBundle('hello', { ...helloBundle('0.4.0'), parameters }, 'v0.4.0');
    const reference = `${world.registry.host}/hello:0.4.0`;
    const result = await world.run(['installation', 'uninstall', 'shop', '-n', 'dev', '-r', reference]);
    expect(result.exitCode, result.log).to.equal(0);
    expect((await world.lastRun()).bundleReference).to.equal(`${world.registry.host}/hello:v0.4.0`);
    expect((await world.recorded()).bundle).to.deep.equal(world.bundleOf('hello', '0.4.0'));
  });

  it('invokes on what is not installed only what changes nothing and needs no state', async () => {
    const invoke = (action: string, ...more: string[]) =>
      world.run(['invoke', 'nothing', '--action', action, '-n', 'dev', ...more]);
    const reference = ['-r', `${world.registry.host}/hello:v0.3.0`];
    expect((await invoke('help', ...reference)).exitCode).to.equal(0);
    expect(world.bundle.runs.at(-1)?.env).to.include({ CNAB_ACTION: 'help', CNAB_INSTALLATION_NAME: 'dev/nothing' });
    expect(world.state.writes).to.deep.equal([]);
    for (const [action, ...more] of [['help'], ['status', ...reference], ['dance', ...reference]] as const) {
      expect((await invoke(action, ...more)).log).to.match(/Error: could not find installation dev\/nothing/);
    }
  });

  it('leaves no trace of a stateless action', async () => {
    await world.apply();
    const runs = world.state.runRecords.size;
    expect((await world.run(['invoke', 'shop', '--action=help', '-n', 'dev'])).exitCode).to.equal(0);
    expect(world.bundle.runs.at(-1)?.env['CNAB_ACTION']).to.equal('help');
    expect(world.state.runRecords.size).to.equal(runs);
  });

  it('refuses an action that the bundle does not have', async () => {
    await world.apply();
    expect((await world.run(['invoke', 'shop', '--action', 'dance', '-n', 'dev'])).log).to.match(
      /Error: invalid action 'dance' specified for bundle hello/,
    );
  });

  it('uninstalls by name with the parameters of the last time', async () => {
    await world.apply({ parameters: { name: 'mine', password: 'kept-secret' } });
    expect((await world.run(['installation', 'uninstall', 'shop', '-n', 'dev'])).exitCode).to.equal(0);
    expect(world.bundle.runs.at(-1)?.env).to.include({
      CNAB_ACTION: 'uninstall',
      NAME: 'mine',
      PASSWORD: 'kept-secret',
    });
    expect((await world.recorded()).status.uninstalled).to.match(/Z$/);
  });

  it('deletes records only after an uninstall, or by force, and succeeds when there are none', async () => {
    const remove = (...more: string[]) => world.run(['installation', 'delete', 'shop', '-n', 'dev', ...more]);
    await world.apply();
    expect((await remove()).log).to.match(/Error: unable to delete the installation records/);
    expect((await remove('--force')).exitCode).to.equal(0);
    expect(world.state.runRecords.size).to.equal(0);
    expect((await remove()).exitCode).to.equal(0);
  });

  it('lists installations as Porter does, without parameters', async () => {
    await world.apply({ parameters: { password: 'kept-secret' } });
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
    for (const name of ['a', 'c', 'b']) await world.apply({ name });
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
    await world.apply();
    await world.apply({ uninstalled: true });
    const state = async () => {
      const { log } = await world.run(['installation', 'list', '-n', 'dev', '-o', 'json']);
      const [listed] = JSON.parse(log) as { _calculated: { displayInstallationState: string } }[];
      return listed?._calculated.displayInstallationState;
    };
    expect(await state()).to.equal('uninstalled');
    await world.apply({}, { force: true });
    expect(await state()).to.equal('installed');
    expect((await world.recorded()).status.uninstalled).to.match(/Z$/);
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
