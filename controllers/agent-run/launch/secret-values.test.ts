import { expect } from 'chai';
import type { AgentActionSpec } from '../../../api/porter/v1/agent-action.js';
import type { Client } from '../../../runtime/client/index.js';
import type { StateStore } from '../config/effective-porter-config.js';
import type { RunConfiguration } from '../config/run-configuration.js';
import type { EmbeddedStore } from '../state/embedded-store.js';
import { StorePasswords } from '../state/store-passwords.js';
import type { StoreUrls } from '../state/store-urls.js';
import type { LaunchChecks } from './launch-checks.js';
import { SecretValues } from './secret-values.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** In a world where each Secret has one value, `value of <name>`. */
function valuesOf(spec: AgentActionSpec, store: StateStore = { kind: 'None' }, logins?: object): Promise<string[]> {
  const client = {
    find: (_: unknown, { name }: { name: string }) => Promise.resolve({ data: { key: base64(`value of ${name}`) } }),
  } as unknown as Client;
  const configuration = {
    resolve: () => ({ agent: {} }),
    porter: () => ({ store }),
  } as unknown as RunConfiguration;
  const checks = {
    dockerConfig: () => Promise.resolve(logins && JSON.stringify(logins)),
  } as unknown as LaunchChecks;
  const embedded = {
    agentLogin: () => Promise.resolve({ url: 'mongodb://shop:embedded-password@store:27017/porter' }),
  } as unknown as EmbeddedStore;
  const urls = {
    resolve: (_: string, url: string) => Promise.resolve(url.replace('${secret.db}', 'p%40ss')),
  } as unknown as StoreUrls;
  return new SecretValues(client, configuration, checks, new StorePasswords(configuration, embedded, urls)).of(
    'shop',
    spec,
  );
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
    it(`knows what comes from ${source}`, async () => expect(await valuesOf(spec)).to.include(`value of ${name}`));
  }

  it('knows the password of the embedded store', async () => {
    expect(await valuesOf({}, { kind: 'Embedded' })).to.include('embedded-password');
  });

  it('knows the password of an external store, as written and as meant', async () => {
    const url = 'mongodb://me:${secret.db}@one:27017,two:27017/porter';
    expect(await valuesOf({}, { kind: 'External', url })).to.include.members(['p%40ss', 'p@ss']);
  });

  it('knows the logins of registries', async () => {
    const auths = { 'one.test': { auth: base64('me:in:auth') }, 'two.test': { identitytoken: 'token' } };
    const expected = [base64('me:in:auth'), 'in:auth', 'token'];
    expect(await valuesOf({}, undefined, { auths })).to.include.members(expected);
  });
});
