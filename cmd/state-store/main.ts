import 'reflect-metadata';
import { Client, loadKubeConfig, openTransport } from '../../runtime/client/index.js';
import { createLogger } from '../../runtime/telemetry/index.js';
import { parseOptions } from './options.js';
import { StateStore } from './state-store.js';

const options = parseOptions(process.argv.slice(2), process.env);
const log = createLogger(options.logLevel);
const transport = openTransport(() => loadKubeConfig(options.kubeconfig));
const store = new StateStore(new Client(transport), options, log);

let stopping = false;
const stop = (): void => {
  // Whoever asks twice does not want to wait.
  if (stopping) process.exit(1);
  stopping = true;
  void store
    .stop()
    .then(() => transport.close())
    .then(() => process.exit(0));
};
process.on('SIGTERM', stop).on('SIGINT', stop);

await store.start();
