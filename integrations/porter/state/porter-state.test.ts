import { expect } from 'chai';
import { ServedDatabase } from '../../../test/support/served-database.js';
import { freePort } from '../../../test/support/program.js';
import type { InstallationRecord, OutputRecord, ResultRecord, RunRecord } from './documents.js';
import { embeddedUrl, tenantPassword } from './embedded-access.js';
import { openPorterState, openPorterStateServer } from './open-porter-state.js';
import type { PorterState } from './porter-state.js';
import { StateUnavailableError } from './porter-state.js';
import { newRecordId } from './record-id.js';

describe('PorterState', () => {
  let served: ServedDatabase;
  let state: PorterState;

  beforeEach(async () => {
    served = await new ServedDatabase().start();
    state = openPorterState({ url: served.url('team-a'), timeoutMs: 2000 });
  });

  afterEach(async () => {
    await state.close();
    await served.stop();
  });

  const set = (namespace: string, name: string) => ({ schemaVersion: '1.0.1', namespace, name, status: {} });

  const anInstallation = (name: string): InstallationRecord => ({
    schemaType: 'Installation',
    schemaVersion: '1.0.2',
    id: newRecordId(),
    namespace: 'dev',
    name,
    bundle: { repository: 'registry/hello', version: '0.1.0' },
    parameters: { ...set('dev', 'inline'), parameters: [{ name: 'a', source: { value: 'b' } }] },
    status: {
      runId: '',
      action: '',
      resultId: '',
      resultStatus: '',
      created: '2026-01-01T00:00:00Z',
      modified: '2026-01-01T00:00:00Z',
      installed: null,
      uninstalled: null,
      bundleReference: '',
      bundleVersion: '',
      bundleDigest: '',
    },
  });

  const aRun = (installation: string, _id = newRecordId()): RunRecord => ({
    _id,
    schemaVersion: '1.0.2',
    namespace: 'dev',
    installation,
    revision: newRecordId(),
    action: 'install',
    created: '2026-01-01T00:00:00Z',
    modified: '2026-01-01T00:00:00Z',
    bundle: '{}',
    bundleReference: 'registry/hello:v0.1.0',
    bundleDigest: 'sha256:0',
    parameters: { ...set('', ''), parameters: [] },
    parameterOverrides: { ...set('', ''), parameters: [] },
    parameterSets: null,
    parametersDigest: '',
    credentials: { ...set('', ''), credentials: [] },
    credentialSets: null,
    credentialsDigest: '',
    custom: null,
  });

  const aResult = (runId: string, status: ResultRecord['status']): ResultRecord => ({
    _id: newRecordId(),
    schemaVersion: '1.0.2',
    namespace: 'dev',
    installation: 'a',
    runId,
    created: '2026-01-01T00:00:00Z',
    status,
    outputs: null,
  });

  const anOutput = (resultId: string, name: string, value: string): OutputRecord => ({
    schemaVersion: '1.0.2',
    namespace: 'dev',
    installation: 'a',
    runId: 'r',
    resultId,
    name,
    value,
    key: '',
  });

  it('gives an installation back as it was written', async () => {
    const record = anInstallation('a');
    await state.putInstallation(record);
    await state.putInstallation(record);
    expect(await state.installation('dev', 'a')).to.deep.equal(record);
    expect(await state.installation('dev', 'b')).to.equal(undefined);
    expect(await state.installations('dev')).to.have.length(1);
  });

  it('tells the last run and those after a given one', async () => {
    const runs = [aRun('a'), aRun('a'), aRun('a')] as const;
    for (const run of [...runs, aRun('b')]) await state.putRun(run);
    expect(await state.lastRun('dev', 'a')).to.deep.equal(runs[2]);
    expect((await state.runsAfter('dev', 'a', runs[0]._id)).map(({ _id }) => _id)).to.deep.equal([
      runs[1]._id,
      runs[2]._id,
    ]);
    expect(await state.runsAfter('dev', 'a', '')).to.have.length(3);
    expect(await state.run(runs[1]._id)).to.deep.equal(runs[1]);
    expect(await state.lastRun('dev', 'none')).to.equal(undefined);
  });

  it('keeps the log of a run in order, and takes the same entry once', async () => {
    const [running, succeeded] = [aResult('r', 'running'), aResult('r', 'succeeded')];
    for (const result of [running, succeeded, succeeded]) await state.addResult(result);
    expect(await state.results('r')).to.deep.equal([running, succeeded]);
  });

  it('gives the latest value of each output', async () => {
    for (const output of [
      anOutput('1', 'x', 'old'),
      anOutput('2', 'x', 'new'),
      anOutput('2', 'x', 'new'),
      anOutput('1', 'w', 'only'),
    ]) {
      await state.addOutput(output);
    }
    expect(await state.outputs('dev', 'a')).to.deep.equal([anOutput('1', 'w', 'only'), anOutput('2', 'x', 'new')]);
  });

  it("looks for sets in the namespace first, then in Porter's global one", async () => {
    const global = { ...set('', 'creds'), credentials: [] };
    const own = { ...set('dev', 'creds'), credentials: [{ name: 'a', source: { env: 'A' } }] };
    await state.putCredentialSet(global);
    expect(await state.credentialSet('dev', 'creds')).to.deep.equal(global);
    await state.putCredentialSet(own);
    expect(await state.credentialSet('dev', 'creds')).to.deep.equal(own);
    expect(await state.credentialSet('other', 'creds')).to.deep.equal(global);
    await state.deleteCredentialSet('dev', 'creds');
    await state.deleteCredentialSet('dev', 'creds');
    expect(await state.credentialSet('dev', 'creds')).to.deep.equal(global);
    expect(await state.parameterSet('dev', 'creds')).to.equal(undefined);
  });

  it('removes an installation with all that its runs left', async () => {
    await state.putInstallation(anInstallation('a'));
    const run = aRun('a');
    await state.putRun(run);
    await state.addResult(aResult(run._id, 'succeeded'));
    await state.addOutput(anOutput('1', 'x', 'v'));
    await state.putInstallation(anInstallation('b'));
    await state.deleteInstallation('dev', 'a');
    await state.deleteInstallation('dev', 'a');
    expect(await state.installation('dev', 'a')).to.equal(undefined);
    expect(await state.runsAfter('dev', 'a', '')).to.deep.equal([]);
    expect(await state.outputs('dev', 'a')).to.deep.equal([]);
    expect(await state.installation('dev', 'b')).not.to.equal(undefined);
  });

  it('shows the manager each tenant by its name', async () => {
    await state.putInstallation(anInstallation('a'));
    const server = openPorterStateServer({ url: served.url('$manager'), timeoutMs: 2000 });
    try {
      expect(await server.tenant('team-a').installation('dev', 'a')).not.to.equal(undefined);
      expect(await server.tenant('team-b').installation('dev', 'a')).to.equal(undefined);
      expect(await failure(server.tenant('team-a').deleteInstallation('dev', 'a'))).to.be.instanceOf(
        StateUnavailableError,
      );
    } finally {
      await server.close();
    }
  });

  it('reads the database that Porter uses, also where the connection string names none', async () => {
    const porter = openPorterState({ url: served.url('porter'), timeoutMs: 2000 });
    const manager = served.url('$manager', { database: 'porter' });
    const unnamed = ['/?', '?'].map((without) => manager.replace('/porter?', without));
    const readers = unnamed.map((url) => openPorterState({ url, timeoutMs: 2000 }));
    try {
      await porter.putInstallation(anInstallation('a'));
      for (const reader of readers) expect(await reader.installation('dev', 'a')).not.to.equal(undefined);
    } finally {
      await Promise.all([porter, ...readers].map((each) => each.close()));
    }
  });

  it('lets a tenant in whose connection string names no database', async () => {
    const unnamed = openPorterState({ url: served.url('team-a').replace('/porter?', '/?'), timeoutMs: 2000 });
    try {
      await unnamed.putInstallation(anInstallation('a'));
      expect(await state.installation('dev', 'a')).not.to.equal(undefined);
    } finally {
      await unnamed.close();
    }
  });

  it('says within its deadline that the server is away, and works once it is there', async () => {
    const port = await freePort();
    const away = openPorterState({
      url: embeddedUrl({ host: '127.0.0.1', port, user: 'a', password: 'b' }),
      timeoutMs: 300,
    });
    try {
      const begun = Date.now();
      const error = await failure(away.installation('dev', 'a'));
      expect(error).to.be.instanceOf(StateUnavailableError);
      expect(Date.now() - begun).to.be.lessThan(3000);
    } finally {
      await away.close();
    }
  });

  it('finds a server again that was away for a while', async () => {
    await state.putInstallation(anInstallation('a'));
    const { port } = served;
    await served.pause();
    expect(await failure(state.installation('dev', 'a'))).to.be.instanceOf(StateUnavailableError);
    await served.resume(port);
    expect(await state.installation('dev', 'a')).not.to.equal(undefined);
  });

  it('tells by a ping whether the server answers', async () => {
    await state.ping();
    await served.pause();
    expect(await failure(state.ping())).to.be.instanceOf(StateUnavailableError);
  });

  it('keeps the password out of errors', async () => {
    const password = 'a-password-that-is-wrong';
    const wrong = openPorterState({ url: served.url('team-a', { password }), timeoutMs: 1000 });
    expect(String(await failure(wrong.run('x')))).not.to.contain(password);
    await wrong.close();
    expect(() => openPorterState({ url: `no-url://u:${password}@host` }))
      .to.throw(StateUnavailableError)
      .that.satisfies((error: Error) => !error.message.includes(password));
  });
});

describe('tenantPassword', () => {
  it('differs by tenant and by key, and never by anything else', () => {
    const passwords = [tenantPassword('k', 'a'), tenantPassword('k', 'b'), tenantPassword('l', 'a')];
    expect(new Set(passwords).size).to.equal(3);
    expect(tenantPassword('k', 'a'))
      .to.equal(passwords[0])
      .and.to.match(/^[\w-]{43}$/);
  });
});

describe('embeddedUrl', () => {
  it('is the string that Porter understands', () => {
    const url = embeddedUrl({
      host: 'store.ns.svc',
      user: '$manager',
      password: 'p',
      database: 'team-a',
      caFile: '/porter-config/ca.crt',
    });
    expect(url).to.equal(
      'mongodb://%24manager:p@store.ns.svc:27017/team-a?tls=true&tlsCAFile=%2Fporter-config%2Fca.crt&authSource=admin&authMechanism=SCRAM-SHA-256&retryWrites=true&serverSelectionTimeoutMS=55000',
    );
  });
});

describe('newRecordId', () => {
  it('grows with every call', () => {
    const ids = Array.from({ length: 1000 }, newRecordId);
    expect(ids).to.deep.equal([...ids].sort());
    expect(new Set(ids).size).to.equal(1000);
  });
});

async function failure(attempt: Promise<unknown>): Promise<Error> {
  try {
    await attempt;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}
