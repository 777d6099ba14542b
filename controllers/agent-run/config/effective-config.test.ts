import { expect } from 'chai';
import fc from 'fast-check';
import { effectiveAgentConfig } from './effective-agent-config.js';
import { effectivePorterConfig, porterConfigDocument } from './effective-porter-config.js';
import { layered } from './layers.js';

const DEFAULTS = {
  agent: 'Porter' as const,
  porterAgentImage: 'ghcr.io/getporter/porter-agent:v1.4.0',
  builtInAgentImage: 'registry.test:5000/porterops@sha256:aa',
};
const AUTO = { agent: 'Porter' as const, secretsMode: 'Auto' as const };

describe('layered', () => {
  it('takes each field from the highest layer that has it', () => {
    expect(layered<{ a?: number; b?: number }>([{ a: 1, b: 1 }, undefined, { b: 2 }])).to.deep.equal({ a: 1, b: 2 });
  });

  it('takes an empty string for not set, and false, zero and empty lists for set', () => {
    type Fields = Partial<{ text: string; flag: boolean; count: number; list: string[] }>;
    const low: Fields = { text: 'low', flag: true, count: 1, list: ['low'] };
    const high: Fields = { text: '', flag: false, count: 0, list: [] };
    expect(layered([low, high])).to.deep.equal({ text: 'low', flag: false, count: 0, list: [] });
  });

  it('does not depend on how layers are grouped', () => {
    const layer = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('', 'x', 'y'));
    fc.assert(
      fc.property(layer, layer, layer, (one, two, three) => {
        expect(layered([layered([one, two]), three])).to.deep.equal(layered([one, two, three]));
      }),
    );
  });
});

describe('effectiveAgentConfig', () => {
  it('needs no AgentConfig', () => {
    expect(effectiveAgentConfig([], DEFAULTS)).to.deep.include({
      agent: 'Porter',
      image: 'ghcr.io/getporter/porter-agent:v1.4.0',
      pullPolicy: 'IfNotPresent',
      serviceAccount: 'porter-agent',
      installationServiceAccount: '',
      volumeSize: '64Mi',
      ttlSecondsAfterFinished: 600,
      activeDeadlineSeconds: 3600,
    });
  });

  it('runs the built-in agent from the operator’s own image', () => {
    const { image, agent } = effectiveAgentConfig([{ agent: 'BuiltIn', porterVersion: 'v9.9.9' }], DEFAULTS);
    expect({ image, agent }).to.deep.equal({ image: DEFAULTS.builtInAgentImage, agent: 'BuiltIn' });
  });

  const images: [string, object, string][] = [
    ['a version', { porterVersion: 'v1.6.1' }, 'ghcr.io/getporter/porter-agent:v1.6.1'],
    ['a digest', { porterVersion: 'sha256:bb' }, 'ghcr.io/getporter/porter-agent@sha256:bb'],
    ['a repository', { porterRepository: 'registry.test:5000/agent' }, 'registry.test:5000/agent:v1.4.0'],
  ];
  for (const [what, spec, image] of images) {
    it(`makes ${image} of ${what}`, () => expect(effectiveAgentConfig([spec], DEFAULTS).image).to.equal(image));
  }

  it('always pulls a tag that moves, unless it is told otherwise', () => {
    const policy = (spec: object) => effectiveAgentConfig([spec], DEFAULTS).pullPolicy;
    expect(['latest', 'canary', 'dev', 'v1.0.0'].map((porterVersion) => policy({ porterVersion }))).to.deep.equal([
      ...['Always', 'Always', 'Always', 'IfNotPresent'],
    ]);
    expect(policy({ porterVersion: 'latest', pullPolicy: 'Never' })).to.equal('Never');
  });

  it('lets a zero in a higher layer stand', () => {
    const layers = [{ ttlSecondsAfterFinished: 60 }, { ttlSecondsAfterFinished: 0 }];
    expect(effectiveAgentConfig(layers, DEFAULTS).ttlSecondsAfterFinished).to.equal(0);
  });
});

describe('effectivePorterConfig', () => {
  it('keeps records in the embedded store, and projects secrets, when nothing is said', () => {
    const config = effectivePorterConfig([], AUTO, 'embedded');
    expect(config.store).to.deep.equal({ kind: 'Embedded' });
    expect(config.projectsSecrets).to.equal(true);
    expect(porterConfigDocument(config, 'mongodb://store')).to.deep.equal({
      'default-secrets-plugin': 'filesystem',
      'default-storage': 'porterops',
      storage: [{ name: 'porterops', plugin: 'mongodb', config: { url: 'mongodb://store', timeout: 60 } }],
    });
  });

  it('uses the storage that a PorterConfig names, with patience', () => {
    const storage = [{ name: 'mine', plugin: 'mongodb', config: { url: 'mongodb://mine' } }];
    const config = effectivePorterConfig([{ storage, 'default-storage': 'mine' }], AUTO, 'embedded');
    expect(config.store).to.deep.equal({ kind: 'External', url: 'mongodb://mine' });
    expect(config.spec.storage?.[0]?.config).to.deep.equal({ url: 'mongodb://mine', timeout: 60 });
  });

  it('keeps a timeout that is given', () => {
    const storage = [{ name: 'mine', plugin: 'mongodb', config: { url: 'u', timeout: 5 } }];
    expect(effectivePorterConfig([{ storage }], AUTO, 'embedded').spec.storage?.[0]?.config?.['timeout']).to.equal(5);
  });

  it('chooses the first storage where none is chosen', () => {
    const storage = [{ name: 'mine', plugin: 'mongodb', config: { url: 'u' } }];
    expect(effectivePorterConfig([{ storage }], AUTO, 'embedded').spec['default-storage']).to.equal('mine');
  });

  it('cannot read a store that speaks another language', () => {
    const config = effectivePorterConfig([{ 'default-storage-plugin': 'azure' }], AUTO, 'embedded');
    expect(config.store).to.deep.equal({ kind: 'None' });
  });

  it('keeps telemetry of a wider layer', () => {
    const config = effectivePorterConfig([{ telemetry: { enabled: true } }, { verbosity: 'debug' }], AUTO, 'none');
    expect(config.spec).to.deep.include({ telemetry: { enabled: true }, verbosity: 'debug' });
  });

  const KUBERNETES = { 'default-secrets-plugin': 'kubernetes.secrets' };
  const secrets: [string, object, 'Porter' | 'BuiltIn', 'Auto' | 'Projected' | 'Plugin', string][] = [
    ['nothing is named', {}, 'Porter', 'Auto', 'filesystem'],
    ['a plugin is named', KUBERNETES, 'Porter', 'Auto', 'kubernetes.secrets'],
    ['a plugin is named that the built-in agent stands in for', KUBERNETES, 'BuiltIn', 'Auto', 'filesystem'],
    ['files are asked for', KUBERNETES, 'Porter', 'Projected', 'filesystem'],
    ['a plugin is asked for and none named', {}, 'Porter', 'Plugin', 'kubernetes.secrets'],
  ];
  for (const [when, spec, agent, secretsMode, plugin] of secrets) {
    it(`reads secrets by ${plugin} when ${when}`, () => {
      const config = effectivePorterConfig([spec], { agent, secretsMode }, 'embedded');
      expect(config.spec['default-secrets-plugin']).to.equal(plugin);
      expect(config.projectsSecrets).to.equal(plugin === 'filesystem');
    });
  }
});
