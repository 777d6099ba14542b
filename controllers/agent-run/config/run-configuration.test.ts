import { expect } from 'chai';
import type { Reader } from '../../../runtime/cache/index.js';
import type { AgentSettings } from '../agent-settings.js';
import { RunConfiguration, appliesEverywhere } from './run-configuration.js';

const UPSTREAM = { namespace: 'porter-operator-system', name: 'default' };

/** The service account of agents in a world where only upstream's namespace has defaults. */
function accountUnder(more: Partial<AgentSettings>): string {
  const settings = { operatorNamespace: 'porterops-system', upstreamDefaults: false, ...more } as AgentSettings;
  const found = { spec: { serviceAccount: 'foreign' } };
  const get = (_: unknown, { namespace }: { namespace: string }) =>
    namespace === UPSTREAM.namespace ? found : undefined;
  const images = { defaultAgent: 'Porter', porterAgentImage: 'porter:1', builtInAgentImage: 'me:1' } as const;
  const configuration = new RunConfiguration({ get } as unknown as Reader, { ...settings, ...images });
  const resolved = configuration.resolve({ namespace: 'shop' });
  if (resolved.missing !== undefined) throw new Error('the defaults are always there');
  return resolved.agent.serviceAccount;
}

describe('RunConfiguration', () => {
  it("does not heed defaults in a namespace that only has the name of upstream's", () => {
    expect(accountUnder({})).to.equal('porter-agent');
    expect(appliesEverywhere(UPSTREAM, { operatorNamespace: 'porterops-system', upstreamDefaults: false })).to.equal(
      false,
    );
  });

  it("heeds them where the operator runs in upstream's namespace", () => {
    expect(accountUnder({ operatorNamespace: UPSTREAM.namespace })).to.equal('foreign');
  });

  it('heeds them where the operator was told to', () => {
    expect(accountUnder({ upstreamDefaults: true })).to.equal('foreign');
    expect(appliesEverywhere(UPSTREAM, { operatorNamespace: 'porterops-system', upstreamDefaults: true })).to.equal(
      true,
    );
  });
});
