import { expect } from 'chai';
import { CommanderError } from 'commander';
import { parseOptions } from './options.js';

describe('parseOptions', () => {
  it('has a default for everything', () => {
    expect(parseOptions([], {})).to.deep.equal({
      families: ['porter'],
      namespace: 'porterops-system',
      upstreamDefaults: false,
      defaultAgent: 'Porter',
      builtInAgentImage: '',
      porterAgentImage: 'ghcr.io/getporter/porter-agent:v1.4.0',
      stateStore: 'embedded',
      stateStoreService: 'porterops-state-store',
      metricsBindAddress: ':8443',
      metricsSecure: true,
      metricsCertDir: '',
      webhookBindAddress: '0',
      webhookCertDir: '',
      webhookCertLifetime: 90 * 86_400_000,
      webhookService: 'porterops-webhook',
      healthProbeBindAddress: ':8081',
      leaderElect: false,
      otlpEndpoint: '',
      traceRatio: 1,
      logLevel: 'info',
      maxConcurrentReconciles: 8,
    });
  });

  it('takes what a Pod tells through its environment', () => {
    const options = parseOptions([], { POD_NAMESPACE: 'ops', POD_UID: 'u-1', BUILT_IN_AGENT_IMAGE: 'me:1' });
    expect(options).to.include({ namespace: 'ops', leaderElectId: 'u-1', builtInAgentImage: 'me:1' });
  });

  it('prefers flags to the environment', () => {
    expect(parseOptions(['--namespace=mine'], { POD_NAMESPACE: 'ops' }).namespace).to.equal('mine');
  });

  for (const [flag, expected] of [
    ['--metrics-secure', true],
    ['--metrics-secure=true', true],
    ['--metrics-secure=false', false],
  ] as const) {
    it(`understands ${flag}`, () => {
      expect(parseOptions([flag], {}).metricsSecure).to.equal(expected);
    });
  }

  it('reads durations in seconds, minutes, hours and days', () => {
    const texts = ['30s', '5m', '12h', '90d'];
    const read = texts.map((text) => parseOptions([`--webhook-cert-lifetime=${text}`], {}).webhookCertLifetime);
    expect(read).to.deep.equal([30_000, 300_000, 43_200_000, 7_776_000_000]);
  });

  it('reads families by commas', () => {
    expect(parseOptions(['--families', 'porter, gitops,'], {}).families).to.deep.equal(['porter', 'gitops']);
  });

  it('serves the namespaces that a flag or OLM names, and all if none is named', () => {
    expect(parseOptions([], { WATCH_NAMESPACE: 'shop,bank' }).watchNamespaces).to.deep.equal(['shop', 'bank']);
    expect(parseOptions(['--watch-namespaces=own'], { WATCH_NAMESPACE: 'shop' }).watchNamespaces).to.deep.equal([
      'own',
    ]);
    expect(parseOptions([], { WATCH_NAMESPACE: '' }).watchNamespaces).to.equal(undefined);
    expect(() => parseOptions([], { WATCH_NAMESPACE: 'Shop!' }, () => undefined)).to.throw(CommanderError);
  });

  for (const wrong of [
    '--default-agent=Docker',
    '--state-store=etcd',
    '--log-level=loud',
    '--metrics-secure=perhaps',
    '--otlp-endpoint=collector:4318',
    '--trace-ratio=2',
    '--trace-ratio=',
    '--max-concurrent-reconciles=0',
    '--max-concurrent-reconciles=many',
    '--watch-namespaces=a/b',
    '--webhook-cert-lifetime=90',
    '--webhook-cert-lifetime=0s',
    '--webhook-cert-lifetime=1y',
    '--no-such-flag',
    'an-argument',
  ]) {
    it(`refuses ${wrong}`, () => {
      expect(() => parseOptions([wrong], {}, () => undefined)).to.throw(CommanderError);
    });
  }
});
