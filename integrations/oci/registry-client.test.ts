import { generateKeyPairSync } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { expect } from 'chai';
import { OciRegistry, type OciRegistryOptions } from '../../test/support/oci-registry.js';
import { DockerConfig } from './docker-config.js';
import { parseReference } from './reference.js';
import { RegistryClient } from './registry-client.js';
import { RegistryError } from './registry-error.js';
import type { TransportOptions } from './registry-transport.js';

describe('RegistryClient', () => {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function registryWith(options: OciRegistryOptions = {}): Promise<OciRegistry> {
    const registry = await new OciRegistry(options).start();
    cleanups.push(() => registry.stop());
    return registry;
  }

  function clientOf(registry: OciRegistry, options: TransportOptions & { login?: string } = {}): RegistryClient {
    const { login, ...transport } = options;
    const auths = login === undefined ? {} : { [registry.host]: { auth: Buffer.from(login).toString('base64') } };
    const client = new RegistryClient(DockerConfig.parse(JSON.stringify({ auths })), {
      insecureRegistries: [registry.host],
      retryDelaysMs: [1, 1],
      timeoutMs: 2000,
      ...transport,
    });
    cleanups.push(() => client.close());
    return client;
  }

  async function failure(promise: Promise<unknown>): Promise<RegistryError> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(RegistryError);
    return error as RegistryError;
  }

  it('reads an index by tag, its children by digest, and blobs', async () => {
    const registry = await registryWith();
    const published = registry.putBundle('hello', { name: 'hello', version: '0.3.0' }, 'v0.3.0');
    const client = clientOf(registry);
    const index = await client.manifest(parseReference(published.reference));
    expect(index.digest).to.equal(published.digest);
    const digest = index.content.manifests?.[0]?.digest;
    const manifest = await client.manifest(parseReference(`${registry.host}/hello@${digest}`));
    const blob = await client.blob(parseReference(published.reference), manifest.content.config!, 100_000);
    expect(JSON.parse(blob.toString())).to.deep.equal(published.bundle);
  });

  it('lists the tags of all pages', async () => {
    const registry = await registryWith();
    for (const tag of ['v1', 'v2', 'v3', 'v4', 'v5']) registry.putManifest('hello', { tag }, tag);
    expect(await clientOf(registry).tags(parseReference(`${registry.host}/hello`))).to.deep.equal([
      'v1',
      'v2',
      'v3',
      'v4',
      'v5',
    ]);
  });

  for (const kind of ['basic', 'bearer'] as const) {
    it(`logs in by ${kind}, and only once`, async () => {
      const registry = await registryWith({ auth: { kind, username: 'ann', password: 'p:w' } });
      registry.putManifest('hello', { a: 1 }, 'v1');
      const client = clientOf(registry, { login: 'ann:p:w' });
      await client.manifest(parseReference(`${registry.host}/hello:v1`));
      await client.manifest(parseReference(`${registry.host}/hello:v1`));
      const refused = registry.requests.filter(
        ({ url, headers }) => url.startsWith('/v2/') && headers.authorization === undefined,
      );
      expect(refused).to.have.length(1);
    });

    it(`says so when ${kind} login is refused`, async () => {
      const registry = await registryWith({ auth: { kind, username: 'ann', password: 'right' } });
      const error = await failure(
        clientOf(registry, { login: 'ann:wrong' }).manifest(parseReference(`${registry.host}/hello:v1`)),
      );
      expect(error.problem).to.equal('Unauthorized');
      expect(error.message).to.not.include('wrong');
    });
  }

  it('exchanges an identity token for a bearer token', async () => {
    const registry = await registryWith({ auth: { kind: 'bearer', username: 'ann', password: 'x' } });
    registry.putManifest('hello', { a: 1 }, 'v1');
    const config = DockerConfig.parse(JSON.stringify({ auths: { [registry.host]: { identitytoken: 'refresh' } } }));
    const client = new RegistryClient(config, { insecureRegistries: [registry.host] });
    cleanups.push(() => client.close());
    expect((await client.manifest(parseReference(`${registry.host}/hello:v1`))).digest).to.match(/^sha256:/);
  });

  it('tells a missing tag from a registry in trouble', async () => {
    const registry = await registryWith();
    const client = clientOf(registry);
    const missing = await failure(client.manifest(parseReference(`${registry.host}/hello:v9`)));
    expect([missing.problem, missing.message]).to.deep.equal([
      'NotFound',
      `${registry.host}/hello: not found (MANIFEST_UNKNOWN: manifest unknown)`,
    ]);
    registry.intercept((_, response) => {
      response.writeHead(503).end();
      return true;
    });
    expect((await failure(client.manifest(parseReference(`${registry.host}/hello:v1`)))).problem).to.equal(
      'Unavailable',
    );
  });

  it('tries again when the registry is busy', async () => {
    const registry = await registryWith();
    registry.putManifest('hello', { a: 1 }, 'v1');
    let refusals = 2;
    registry.intercept((_, response) => {
      if (refusals-- <= 0) return false;
      response.writeHead(429).end();
      return true;
    });
    expect((await clientOf(registry).manifest(parseReference(`${registry.host}/hello:v1`))).digest).to.match(
      /^sha256:/,
    );
  });

  it('names a registry that does not listen', async () => {
    const registry = await registryWith();
    const { host } = registry;
    await registry.stop();
    const client = new RegistryClient(undefined, { insecureRegistries: [host], retryDelaysMs: [] });
    cleanups.push(() => client.close());
    const error = await failure(client.manifest(parseReference(`${host}/hello:v1`)));
    expect(error.problem).to.equal('Unavailable');
    expect(error.message).to.match(/connection refused/);
  });

  it('gives up on a registry that does not answer', async () => {
    const registry = await registryWith();
    registry.intercept(() => true);
    const client = clientOf(registry, { timeoutMs: 50, retryDelaysMs: [] });
    expect((await failure(client.manifest(parseReference(`${registry.host}/hello:v1`)))).message).to.match(/timed out/);
  });

  it('follows a redirect without handing on the login', async () => {
    const storage = await registryWith();
    const registry = await registryWith({ auth: { kind: 'basic', username: 'ann', password: 'pw' } });
    const blob = storage.putBlob('content');
    registry.intercept((request, response) => {
      if (request.headers.authorization === undefined || !request.url!.includes('/blobs/')) return false;
      response.writeHead(307, { location: `http://${storage.host}${request.url}` }).end();
      return true;
    });
    const client = clientOf(registry, { login: 'ann:pw', insecureRegistries: [registry.host, storage.host] });
    const content = await client.blob(parseReference(`${registry.host}/hello`), { mediaType: 'x', ...blob }, 100);
    expect(content.toString()).to.equal('content');
    expect(storage.requests.map(({ headers }) => headers.authorization)).to.deep.equal([undefined]);
  });

  it('does not follow redirects for ever', async () => {
    const registry = await registryWith();
    registry.intercept((request, response) => {
      response.writeHead(302, { location: request.url }).end();
      return true;
    });
    expect((await failure(clientOf(registry).manifest(parseReference(`${registry.host}/hello:v1`)))).message).to.match(
      /too often/,
    );
  });

  it('refuses content that is not what the digest says', async () => {
    const registry = await registryWith();
    const { digest } = registry.putManifest('hello', { a: 1 }, 'v1');
    registry.intercept((_, response) => {
      response.writeHead(200).end('{"a":2}');
      return true;
    });
    const client = clientOf(registry);
    expect((await failure(client.manifest(parseReference(`${registry.host}/hello@${digest}`)))).message).to.match(
      /has digest/,
    );
    const descriptor = { mediaType: 'x', digest, size: 7 };
    expect((await failure(client.blob(parseReference(`${registry.host}/hello`), descriptor, 100))).message).to.match(
      /has digest/,
    );
  });

  it('refuses more bytes than announced or allowed', async () => {
    const registry = await registryWith();
    const blob = registry.putBlob('x'.repeat(50));
    const client = clientOf(registry);
    const at = parseReference(`${registry.host}/hello`);
    expect((await failure(client.blob(at, { mediaType: 'x', ...blob }, 49))).message).to.match(/more than 49/);
    expect((await failure(client.blob(at, { mediaType: 'x', ...blob, size: 10 }, 20))).message).to.match(
      /more than 20/,
    );
    expect((await failure(client.blob(at, { mediaType: 'x', ...blob, size: 10 }, 60))).message).to.match(
      /instead of 10/,
    );
  });

  it('speaks TLS by default and trusts an extra CA', async () => {
    const { cert, key } = await selfSigned();
    const registry = await registryWith({ tls: { cert, key } });
    registry.putManifest('hello', { a: 1 }, 'v1');
    const reference = parseReference(`${registry.host}/hello:v1`);
    const stranger = clientOf(registry, { insecureRegistries: [] });
    expect((await failure(stranger.manifest(reference))).problem).to.equal('Untrusted');
    const trusting = clientOf(registry, { insecureRegistries: [], ca: [cert] });
    expect((await trusting.manifest(reference)).digest).to.match(/^sha256:/);
  });

  it('does not send a login to a token service without TLS', async () => {
    const { cert, key } = await selfSigned();
    const registry = await registryWith({ tls: { cert, key } });
    registry.intercept((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://127.0.0.1:1/token"' }).end();
      return true;
    });
    const client = clientOf(registry, { insecureRegistries: [], ca: [cert], login: 'ann:pw' });
    expect((await failure(client.manifest(parseReference(`${registry.host}/hello:v1`)))).problem).to.equal('Untrusted');
  });
});

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=registry',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    keys: {
      privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
      publicKey: await crypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    },
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  return { cert: certificate.toString('pem'), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
