import { expect } from 'chai';
import { HttpEndpoint, parseAddress } from './http-endpoint.js';

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
