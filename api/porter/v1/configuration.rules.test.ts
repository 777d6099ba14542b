import { expect } from 'chai';
import { sentenceOf } from '../../../runtime/schema/index.js';
import { agentConfigWarnings } from './agent-config.rules.js';
import type { AgentConfigSpec } from './agent-config.js';
import { porterConfigProblems, porterConfigWarnings } from './porter-config.rules.js';

describe('An AgentConfig', () => {
  const warned = (spec?: AgentConfigSpec) => agentConfigWarnings({ metadata: { name: 'a' }, spec }).map(sentenceOf);

  it('may be empty', () => {
    expect([warned(), warned({}), warned({ retryLimit: 0 })]).to.deep.equal([[], [], []]);
  });

  it('warns of retries that nobody makes', () => {
    expect(warned({ retryLimit: 3 })).to.deep.equal([
      'spec.retryLimit has no effect: a failed run is made again by a new value of the annotation getporter.org/retry only',
    ]);
  });

  it('warns of plugins that it is told to fetch, and not of those that the image brings', () => {
    const plugins = { azure: { version: 'v1', url: 'https://x' }, kubernetes: {} };
    expect(warned({ pluginConfigFile: { schemaVersion: '1.0.0', plugins } })).to.deep.equal([
      "spec.pluginConfigFile.plugins.azure has version, url without effect: plugins are not installed, the agent's image must bring them",
    ]);
  });
});

describe('A PorterConfig', () => {
  const entry = { name: 'mine', plugin: 'mongodb' };

  it('may name an entry of its own, or of a wider one', () => {
    expect(porterConfigProblems({ 'default-storage': 'mine', storage: [entry] })).to.deep.equal([]);
    expect(porterConfigProblems({ 'default-storage': 'mine' })).to.deep.equal([]);
  });

  it('is wrong if a default names none of its entries', () => {
    const spec = { 'default-storage': 'yours', storage: [entry], 'default-secrets': 'x', secrets: [] };
    expect(porterConfigProblems(spec).map(sentenceOf)).to.deep.equal([
      'spec.default-storage names yours, but spec.storage is mine: add an entry yours or name another one',
      'spec.default-secrets names x, but spec.secrets is empty: add an entry x or name another one',
    ]);
  });

  it('warns of a name under which nobody looks for it', () => {
    expect(porterConfigWarnings({ metadata: { name: 'default' } })).to.deep.equal([]);
    expect(porterConfigWarnings({ metadata: { name: 'other' } }).map(sentenceOf)).to.deep.equal([
      'metadata.name is not default: under any other name a PorterConfig is kept and not used',
    ]);
  });
});
