import { expect } from 'chai';
import { projectionsOf } from './projected-secrets.js';
import { mergeDockerConfigs } from './service-accounts.js';
import { specProblem } from './spec-rules.js';

describe('specProblem', () => {
  const refused: [object, string][] = [
    [
      {
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', hostPath: { path: '/' } },
        ],
      },
      'spec.volumes[1].hostPath',
    ],
    [{ volumes: [{ name: 'a', nfs: { server: 's', path: '/' } }] }, 'spec.volumes[0].nfs'],
    [{ volumes: [{ name: 'a', flexVolume: { driver: 'd' } }] }, 'spec.volumes[0].flexVolume'],
    [{ env: [{ name: 'A' }, { name: 'SERVICE_ACCOUNT', value: 'admin' }] }, 'spec.env[1].name: SERVICE_ACCOUNT'],
    [{ env: [{ name: 'LD_PRELOAD', value: '/x.so' }] }, 'spec.env[0].name: LD_PRELOAD'],
    [{ env: [{ name: 'NODE_OPTIONS', value: '-r x' }] }, 'spec.env[0].name: NODE_OPTIONS'],
    [{ env: [{ name: 'PORTEROPS_IMAGE', value: 'x' }] }, 'spec.env[0].name: PORTEROPS_IMAGE'],
    [{ env: [{ name: 'KUBERNETES_SERVICE_HOST', value: 'x' }] }, 'spec.env[0].name: KUBERNETES_SERVICE_HOST'],
  ];
  for (const [spec, field] of refused) {
    it(`refuses ${field} and names it`, () => {
      expect(specProblem(spec)).to.deep.include({ reason: 'InvalidSpec', permanent: true });
      expect(specProblem(spec)?.message).to.contain(field);
    });
  }

  it('lets pass what Pods may use under the restricted standard', () => {
    const sources = ['configMap', 'secret', 'emptyDir', 'projected', 'persistentVolumeClaim', 'downwardAPI', 'csi'];
    const volumes = sources.map((source) => ({ name: source.toLowerCase(), [source]: {} }));
    const env = [{ name: 'HTTPS_PROXY', value: 'http://proxy' }];
    expect(specProblem({ volumes, env })).to.equal(undefined);
  });
});

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
