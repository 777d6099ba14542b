import { expect } from 'chai';
import { Agent, fetch as fetchWith } from 'undici';
import { FakeClock } from '../../test/support/fake-clock.js';
import { Metrics, silentLogger } from '../telemetry/index.js';
import { createAuthority } from '../tls/certificates.js';
import { CertificateWatch } from '../tls/index.js';
import { HttpEndpoint, parseAddress } from './http-endpoint.js';
import type { AskedRequest } from './http-endpoint.js';

describe('parseAddress', () => {
  it('reads all spellings of an address', () => {
    expect(parseAddress(':8080')).to.deep.equal({ host: undefined, port: 8080 });
    expect(parseAddress('127.0.0.1:81')).to.deep.equal({ host: '127.0.0.1', port: 81 });
    expect(parseAddress('[::1]:81')).to.deep.equal({ host: '::1', port: 81 });
  });

  it('knows how to say off', () => {
    expect([parseAddress('0'), parseAddress('')]).to.deep.equal([undefined, undefined]);
  });

  for (const wrong of ['8080', ':port', ':99999', 'host']) {
    it(`refuses ${wrong}`, () => {
      expect(() => parseAddress(wrong)).to.throw('is not an address');
    });
  }
});

describe('HttpEndpoint', () => {
  let endpoint: HttpEndpoint;
  const plain = (body: string) => ({ code: 200, contentType: 'text/plain', body });

  beforeEach(async () => {
    endpoint = new HttpEndpoint('127.0.0.1:0', {
      '/healthz': () => plain('ok'),
      '/broken': () => Promise.reject(new Error('x')),
    });
    await endpoint.start();
  });
  afterEach(() => endpoint.stop());

  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${endpoint.port}${path}`);
    return `${response.status} ${await response.text()}`;
  };

  it('answers what it knows', async () => {
    expect(await get('/healthz?verbose')).to.equal('200 ok');
  });

  it('answers 404 for everything else, names of built-in properties included', async () => {
    expect([await get('/other'), await get('/constructor')]).to.deep.equal(['404 not found\n', '404 not found\n']);
  });

  it('answers 500 when the answer cannot be had', async () => {
    expect(await get('/broken')).to.equal('500 failed\n');
  });

  it('tells when the address is taken', async () => {
    const second = new HttpEndpoint(`127.0.0.1:${endpoint.port}`, {});
    const error: unknown = await second.start().catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'EADDRINUSE');
  });
});

describe('A protected HttpEndpoint', () => {
  let endpoint: HttpEndpoint;
  let asked: AskedRequest[];
  let agent: Agent;
  const answer = (code: number, body: string) => ({ code, contentType: 'text/plain', body });

  beforeEach(async () => {
    asked = [];
    const source = { load: () => createAuthority('test', Date.now()) };
    const deps = { scheduler: new FakeClock(), metrics: new Metrics(), log: silentLogger };
    const refusal = (request: AskedRequest) => {
      asked.push({ method: request.method, path: request.path, authorization: request.authorization });
      return Promise.resolve(
        request.authorization === 'Bearer x'
          ? undefined
          : { ...answer(401, 'who?'), headers: { 'www-authenticate': 'Bearer' } },
      );
    };
    const protection = { certificate: new CertificateWatch('test', source, deps), refusal };
    endpoint = new HttpEndpoint('127.0.0.1:0', { '/metrics': () => answer(200, 'numbers') }, protection);
    agent = new Agent({ connect: { rejectUnauthorized: false } });
    await endpoint.start();
  });
  afterEach(async () => {
    await agent.close();
    await endpoint.stop();
  });

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetchWith(`https://127.0.0.1:${endpoint.port}${path}`, { dispatcher: agent, headers });

  it('answers by HTTPS whom it is told to', async () => {
    const response = await get('/metrics?x=1', { authorization: 'Bearer x' });
    expect(`${response.status} ${await response.text()}`).to.equal('200 numbers');
    expect(asked).to.deep.equal([{ method: 'GET', path: '/metrics', authorization: 'Bearer x' }]);
  });

  it('refuses everybody else and says how to ask', async () => {
    const response = await get('/metrics');
    expect(`${response.status} ${await response.text()}`).to.equal('401 who?');
    expect(response.headers.get('www-authenticate')).to.equal('Bearer');
  });

  it('asks nobody about what it does not have', async () => {
    expect((await get('/other')).status).to.equal(404);
    expect(asked).to.deep.equal([]);
  });

  it('does not answer by plain HTTP', async () => {
    const error: unknown = await fetch(`http://127.0.0.1:${endpoint.port}/metrics`).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(Error);
  });
});
