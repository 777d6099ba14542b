import 'reflect-metadata';
import { KubeConfig } from '@kubernetes/client-node';
import { Client, Credentials, HttpTransport } from '../../runtime/client/index.js';
import { systemRandom, systemScheduler } from '../../runtime/clock/index.js';
import { Metrics, createLogger } from '../../runtime/telemetry/index.js';
import { parseOptions } from './options.js';
import { StateStore } from './state-store.js';

const options = parseOptions(process.argv.slice(2), process.env);
const log = createLogger(options.logLevel);
const credentials = new Credentials(loadKubeConfig, () => systemScheduler.elapsed());
const transport = new HttpTransport({
  credentials,
  scheduler: systemScheduler,
  random: systemRandom,
  metrics: new Metrics(),
});
const store = new StateStore(new Client(transport), options, log);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void store
      .stop()
      .then(() => transport.close())
      .then(() => process.exit(0));
  });
}
await store.start();

function loadKubeConfig(): KubeConfig {
  const config = new KubeConfig();
  if (options.kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(options.kubeconfig);
  return config;
}
