import type { ContainerModule } from 'inversify';
import { Container } from 'inversify';
import { AgentSettings } from '../../controllers/agent-run/agent-settings.js';
import { InformerDeps, Informers, OwnWrites, Reader } from '../../runtime/cache/index.js';
import { Client, Transport, loadKubeConfig, openTransport } from '../../runtime/client/index.js';
import { Clock, Random, Scheduler, systemClock, systemRandom, systemScheduler } from '../../runtime/clock/index.js';
import { Manager, ManagerDeps, ManagerOptions } from '../../runtime/manager/index.js';
import { Finalizers, ReconcilerDeps } from '../../runtime/reconciler/index.js';
import { EventRecorder, StatusWriter } from '../../runtime/status/index.js';
import { Logger, Metrics, createLogger } from '../../runtime/telemetry/index.js';
import type { Options } from './options.js';

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
    concurrency: options.maxConcurrentReconciles,
  });
  container.bind<AgentSettings>(AgentSettings).toConstantValue({
    operatorNamespace: options.namespace,
    upstreamDefaults: options.upstreamDefaults,
    defaultAgent: options.defaultAgent,
    builtInAgentImage: options.builtInAgentImage,
    porterAgentImage: options.porterAgentImage,
    stateStore: options.stateStore,
    stateStoreService: options.stateStoreService,
  });
}

function bindRuntime(container: Container, options: Options): void {
  container.bind<Clock>(Clock).toConstantValue(systemClock);
  container.bind<Scheduler>(Scheduler).toConstantValue(systemScheduler);
  container.bind<Random>(Random).toConstantValue(systemRandom);
  container.bind<Logger>(Logger).toConstantValue(createLogger(options.logLevel));
  container.bind<Transport>(Transport).toDynamicValue((context) => {
    return openTransport(() => loadKubeConfig(options.kubeconfig), context.get(Metrics));
  });
  for (const part of [Metrics, Client, InformerDeps, Informers, OwnWrites]) container.bind<unknown>(part).to(part);
  container.bind<Reader>(Reader).toService(Informers);
  for (const part of [StatusWriter, EventRecorder, Finalizers, ReconcilerDeps]) container.bind<unknown>(part).to(part);
  for (const part of [ManagerDeps, Manager]) container.bind<unknown>(part).to(part);
}
