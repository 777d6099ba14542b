import { expect } from 'chai';
import { projectionsOf } from './projected-secrets.js';
import { mergeDockerConfigs } from './service-accounts.js';

describe('projectionsOf', () => {
  it('reads a name as key value of that Secret, and name/key as it stands', () => {
    expect(projectionsOf(['db', 'tls/tls.crt'])).to.deep.equal({
      files: [
        { secret: 'db', key: 'value', path: 'db' },
        { secret: 'tls', key: 'tls.crt', path: 'tls/tls.crt' },
      ],
    });
  });

  it('names each hint once', () => {
    expect(projectionsOf(['db', 'db']))
      .to.have.property('files')
      .with.length(1);
  });

  for (const hint of ['../etc/passwd', '/etc/passwd', '', 'a//b', 'a/b/c']) {
    it(`refuses the hint ${JSON.stringify(hint)}`, () => {
      expect(projectionsOf([hint]).problem).to.deep.include({ reason: 'InvalidSpec', permanent: true });
    });
  }

  it('refuses a hint that would be a file and a folder', () => {
    expect(projectionsOf(['db', 'db/password']).problem?.message).to.contain('db and db/…');
  });
});

describe('mergeDockerConfigs', () => {
  it('keeps the logins of all registries', () => {
    const merged = mergeDockerConfigs(['{"auths":{"a":{"auth":"1"}}}', '{"auths":{"b":{"auth":"2"}}}']);
    expect(JSON.parse(merged ?? '')).to.deep.equal({ auths: { a: { auth: '1' }, b: { auth: '2' } } });
  });

  it('leaves out what cannot be read', () => {
    expect(mergeDockerConfigs(['no json', '{}'])).to.equal(undefined);
  });
});
