import { expect } from 'chai';
import { Versions } from './versions.js';

const PATCH = { verb: 'patch', resource: 'jobs/status' } as const;
const reply = (version: string, more = '') => ({
  code: 200,
  body: `{"metadata":{"resourceVersion":"${version}"${more}},"spec":{"resourceVersion":"1"}}`,
});

describe('A write', () => {
  it('changes nothing when its reply has a version that was there before', () => {
    const versions = new Versions();
    versions.see('{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"99"}}}');
    expect(versions.isSpare(PATCH, reply('100'), versions.newest)).to.equal(false);
    expect(versions.isSpare(PATCH, reply('100'), versions.newest)).to.equal(true);
  });

  it('changes something though its event came before its reply', () => {
    const versions = new Versions();
    const before = versions.newest;
    versions.see(reply('100').body);
    expect(versions.isSpare(PATCH, reply('100'), before)).to.equal(false);
  });

  it('is only judged where the reply tells', () => {
    const versions = new Versions();
    versions.see(reply('100').body);
    expect(versions.isSpare(PATCH, { ...reply('100'), code: 409 }, 100n)).to.equal(false);
    expect(versions.isSpare({ verb: 'get', resource: 'jobs' }, reply('100'), 100n)).to.equal(false);
    expect(versions.isSpare(PATCH, reply('100', ',"deletionTimestamp":"now"'), 100n)).to.equal(false);
  });
});
