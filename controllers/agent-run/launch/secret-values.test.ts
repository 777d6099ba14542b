import { expect } from 'chai';
import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import type { Client } from '../../../runtime/client/index.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import type { StateStore } from '../config/effective-porter-config.js';
import type { RunConfiguration } from '../config/run-configuration.js';
import type { EmbeddedStore } from '../state/embedded-store.js';
import { StorePasswords } from '../state/store-passwords.js';
import type { StoreUrls } from '../state/store-urls.js';
import { valuesSecretName } from '../values-secret.js';
import type { KnownSecrets } from './secret-values.js';
import { SECRET_VERSIONS_ANNOTATION, SecretValues } from './secret-values.js';

const FILES = 'web-1';
const INSTALLATION = { namespace: 'dev', name: 'web' };
const KEPT = valuesSecretName(INSTALLATION);
const NONE: StateStore = { kind: 'None' };

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A world of Secrets, each with one value, `value of <name>`. */
class Secrets {
  readonly clock = new FakeClock();
  private readonly there = new Map<string, { version: number; data: Record<string, string> }>();

  constructor(
    names: readonly string[],
    private readonly store: StateStore = NONE,
  ) {
    for (const name of names) this.put(name);
  }

  put(name: string, data: Record<string, string> = { key: base64(`value of ${name}`) }): void {
    this.there.set(name, { version: (this.there.get(name)?.version ?? 0) + 1, data });
  }

  annotate(versions: string): void {
    this.versions = versions;
  }

  remove(name: string): void {
    this.there.delete(name);
  }

  get values(): SecretValues {
    const find = (_: unknown, { name }: { name: string }) => Promise.resolve(this.found(name));
    const configuration = { porter: () => ({ store: this.store }) } as unknown as RunConfiguration;
    const embedded = {
      agentLogin: () => Promise.resolve({ url: 'mongodb://shop:embedded-password@store:27017/porter' }),
    } as unknown as EmbeddedStore;
    const urls = {
      resolve: (_: string, url: string) => Promise.resolve(url.replace('${secret.db}', 'p%40ss')),
    } as unknown as StoreUrls;
    const passwords = new StorePasswords(configuration, embedded, urls);
    return new SecretValues({ find } as unknown as Client, configuration, passwords, this.clock);
  }

  /** Launches with this command; then `meanwhile` happens, and what is secret is asked for. */
  async known(
    spec: AgentActionSpec,
    options: { meanwhile?: () => void; hints?: string[]; files?: Record<string, string> } = {},
  ): Promise<KnownSecrets> {
    const versions = await this.values.versions('shop', spec);
    this.versions = JSON.stringify(versions);
    this.put(FILES, options.files ?? {});
    options.meanwhile?.();
    return this.values.of({ namespace: 'shop', spec, files: FILES, hints: options.hints ?? [] });
  }

  private versions = '';

  private found(name: string) {
    const secret = this.there.get(name);
    if (secret === undefined) return undefined;
    const annotations = name === FILES ? { [SECRET_VERSIONS_ANNOTATION]: this.versions } : {};
    return { metadata: { name, resourceVersion: `${secret.version}`, annotations }, data: secret.data };
  }
}

describe('SecretValues', () => {
  const sources: [string, AgentActionSpec, string][] = [
    ['a hint', { secrets: ['db/password'] }, 'db'],
    ['envFrom', { envFrom: [{ secretRef: { name: 'from' } }] }, 'from'],
    ['a variable', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'one', key: 'key' } } }] }, 'one'],
    ['a volume', { volumes: [{ name: 'v', secret: { secretName: 'mounted' } }] }, 'mounted'],
    [
      'a projected volume',
      { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'projected' } }] } }] },
      'projected',
    ],
    ['the environment of all agents', {}, 'porter-env'],
  ];
  for (const [source, spec, name] of sources) {
    it(`knows what comes from ${source}`, async () => {
      const known = await new Secrets([name]).known(spec);
      expect(known.values).to.include(`value of ${name}`);
      expect(known.unknown).to.equal(undefined);
    });

    it(`knows that it does not know any more what came from ${source} when that changes, goes or comes`, async () => {
      const expected = `Secret ${name} has changed or gone since the launch`;
      const changed = new Secrets([name]);
      expect((await changed.known(spec, { meanwhile: () => changed.put(name) })).unknown).to.equal(expected);
      const gone = new Secrets([name]);
      expect((await gone.known(spec, { meanwhile: () => gone.remove(name) })).unknown).to.equal(expected);
      const late = new Secrets([]);
      expect((await late.known(spec, { meanwhile: () => late.put(name) })).unknown).to.equal(expected);
    });
  }

  it('notes the versions of what the address of the store names, too', async () => {
    const secrets = new Secrets(['db'], { kind: 'External', url: 'mongodb://me:${secret.db}@one:27017/porter' });
    expect(await secrets.values.versions('shop', {})).to.deep.equal({ db: '1', 'porter-env': '' });
  });

  it('knows nothing when what the run was given is gone, or was given by another operator', async () => {
    const secrets = new Secrets(['porter-env']);
    const unknown = 'it is not known any more what it was given';
    expect(await secrets.known({}, { meanwhile: () => secrets.remove(FILES) })).to.deep.equal({ values: [], unknown });
    const bare = await secrets.values.of({ namespace: 'shop', spec: {}, files: '', hints: [] });
    expect(bare.unknown).to.equal(unknown);
  });

  it('knows nothing when somebody has changed the note of what the run was given', async () => {
    for (const note of ['x', 'null', '[1]', '{"db":1}']) {
      const secrets = new Secrets([]);
      const known = await secrets.known({}, { meanwhile: () => secrets.annotate(note) });
      expect(known).to.deep.equal({ values: [], unknown: 'it is not known any more what it was given' });
    }
  });

  it('knows nothing when somebody has put something unreadable in the place of what the run was given', async () => {
    const files = { 'config.yaml': base64('storage: {'), 'docker-config.json': base64('{') };
    for (const [name, data] of Object.entries(files)) {
      const known = await new Secrets([]).known({}, { files: { [name]: data } });
      expect(known.unknown, name).to.equal('it is not known any more what it was given');
    }
  });

  it('knows the values that Porter made, wherever they are kept', async () => {
    const spec = { installation: INSTALLATION };
    const secrets = new Secrets(['01r-token']);
    secrets.put(KEPT, { '01R-password': base64('made by Porter') });
    const known = await secrets.known(spec, { hints: ['01R-password', '01R-token'] });
    expect(known.values).to.include.members(['made by Porter', 'value of 01r-token']);
    expect(known.unknown).to.equal(undefined);
  });

  it('says so when such a value is gone', async () => {
    const known = await new Secrets([]).known({ installation: INSTALLATION }, { hints: ['01R-password'] });
    expect(known.unknown).to.equal('the value that Porter keeps as 01R-password is gone');
  });

  it('knows the password of the embedded store', async () => {
    expect((await new Secrets([], { kind: 'Embedded' }).known({})).values).to.include('embedded-password');
  });

  it('knows the password of an external store, as written and as meant', async () => {
    const store: StateStore = { kind: 'External', url: 'mongodb://me:${secret.db}@one:27017,two:27017/porter' };
    expect((await new Secrets(['db'], store).known({})).values).to.include.members(['p%40ss', 'p@ss']);
  });

  it('knows the logins and the password that the run was given, whatever they are now', async () => {
    const auths = { 'one.test': { auth: base64('me:in:auth') }, 'two.test': { identitytoken: 'token' } };
    const config = 'storage:\n  - name: s\n    plugin: mongodb\n    config: {url: "mongodb://me:then@one/porter"}\n';
    const files = { 'docker-config.json': base64(JSON.stringify({ auths })), 'config.yaml': base64(config) };
    const { values } = await new Secrets([]).known({}, { files });
    expect(values).to.include.members([base64('me:in:auth'), 'in:auth', 'token', 'then']);
  });
});
