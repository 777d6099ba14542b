import { Container } from 'inversify';
import { WatchScope } from '../../runtime/cache/index.js';
import { Transport, openTransport } from '../../runtime/client/index.js';
import { Clock, Random, Scheduler, systemClock, systemRandom, systemScheduler } from '../../runtime/clock/index.js';
import { ElectionOptions } from '../../runtime/leader/index.js';
import { ManagerOptions, runtimeModule } from '../../runtime/manager/index.js';
import { Logger, silentLogger } from '../../runtime/telemetry/index.js';
import type { FakeApiServer } from './fake-api-server.js';

/** The runtime on a server for tests, alone, silent and without endpoints; the caller adds reconcilers. */
export function runtimeOn(api: FakeApiServer, scheduler: Scheduler = systemScheduler): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  const webhooks = { address: '0', certDir: '', service: 'webhooks', namespace: 'default', certLifetimeMs: 3_600_000 };
  container.bind(ManagerOptions).toConstantValue({ metricsAddress: '0', probeAddress: '0', webhooks });
  container.bind(ElectionOptions).toConstantValue({ lease: undefined });
  container.bind(WatchScope).toConstantValue({});
  container.bind(Clock).toConstantValue(systemClock);
  container.bind(Scheduler).toConstantValue(scheduler);
  container.bind(Random).toConstantValue(systemRandom);
  container.bind(Logger).toConstantValue(silentLogger);
  container.bind(Transport).toConstantValue(openTransport(() => api.kubeConfig()));
  container.load(runtimeModule);
  return container;
}
