import type { ContainerModule } from 'inversify';
import { Container } from 'inversify';
import { wideConfiguration } from '../../controllers/agent-run/config/run-configuration.js';
import { AgentSettings } from '../../controllers/agent-run/agent-settings.js';
import { WatchScope } from '../../runtime/cache/index.js';
import { Transport, loadKubeConfig, openTransport } from '../../runtime/client/index.js';
import { Clock, Random, Scheduler, systemClock, systemRandom, systemScheduler } from '../../runtime/clock/index.js';
import { ElectionOptions } from '../../runtime/leader/index.js';
import { ManagerOptions, runtimeModule } from '../../runtime/manager/index.js';
import { Logger, Metrics, Tracing, TracingOptions, createLogger } from '../../runtime/telemetry/index.js';
import type { Options } from './options.js';

/** Name of the Lease that only one manager holds. */
const LEASE = 'porterops-controller-manager';

/** The operator, put together but not started: nothing is read or opened before it is asked for its manager. */
export function createContainer(options: Options, families: readonly ContainerModule[]): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  bindSettings(container, options);
  bindRuntime(container, options);
  container.load(...families);
  return container;
}

function bindSettings(container: Container, options: Options): void {
  container.bind<ManagerOptions>(ManagerOptions).toConstantValue({
    metricsAddress: options.metricsBindAddress,
    metricsSecure: options.metricsSecure,
    metricsCertDir: options.metricsCertDir,
    probeAddress: options.healthProbeBindAddress,
    webhooks: {
      address: options.webhookBindAddress,
      certDir: options.webhookCertDir,
      service: options.webhookService,
      namespace: options.namespace,
      certLifetimeMs: options.webhookCertLifetime,
    },
    concurrency: options.maxConcurrentReconciles,
  });
  container.bind<ElectionOptions>(ElectionOptions).toConstantValue({
    lease: options.leaderElect ? { namespace: options.namespace, name: LEASE } : undefined,
    identity: options.leaderElectId,
  });
  container
    .bind<TracingOptions>(TracingOptions)
    .toConstantValue({ endpoint: options.otlpEndpoint, ratio: options.traceRatio });
  const agentSettings = {
    operatorNamespace: options.namespace,
    upstreamDefaults: options.upstreamDefaults,
    defaultAgent: options.defaultAgent,
    builtInAgentImage: options.builtInAgentImage,
    porterAgentImage: options.porterAgentImage,
    stateStore: options.stateStore,
    stateStoreService: options.stateStoreService,
  };
  container.bind<AgentSettings>(AgentSettings).toConstantValue(agentSettings);
  container.bind<WatchScope>(WatchScope).toConstantValue({
    namespaces: options.watchNamespaces,
    besides: wideConfiguration(agentSettings),
  });
}

function bindRuntime(container: Container, options: Options): void {
  container.bind<Clock>(Clock).toConstantValue(systemClock);
  container.bind<Scheduler>(Scheduler).toConstantValue(systemScheduler);
  container.bind<Random>(Random).toConstantValue(systemRandom);
  container.bind<Logger>(Logger).toConstantValue(createLogger(options.logLevel));
  container.bind<Transport>(Transport).toDynamicValue((context) => {
    return openTransport(() => loadKubeConfig(options.kubeconfig), context.get(Metrics), context.get(Tracing));
  });
  container.load(runtimeModule);
}
