import 'reflect-metadata';
import { Client, loadKubeConfig, openTransport, WriteFence } from '../../runtime/client/index.js';
import { systemClock, systemRandom, systemScheduler } from '../../runtime/clock/index.js';
import { LeaderElection } from '../../runtime/leader/index.js';
import { createLogger, Metrics } from '../../runtime/telemetry/index.js';
import { parseOptions, type StateStoreOptions } from './options.js';
import { ServiceEndpoint } from './serving/service-endpoint.js';
import { LEASE, StateStore, type StateStoreParts } from './state-store.js';

const options = parseOptions(process.argv.slice(2), process.env);
const log = createLogger(options.logLevel);
const transport = openTransport(() => loadKubeConfig(options.kubeconfig));
const store = new StateStore(partsFor(options), options);

function partsFor({ namespace, serviceName, leaderElect, leaderElectId, pod }: StateStoreOptions): StateStoreParts {
  const [scheduler, clock, random] = [systemScheduler, systemClock, systemRandom];
  const fence = new WriteFence(scheduler, clock);
  const deps = { transport, fence, scheduler, clock, random, metrics: new Metrics(), log };
  const lease = leaderElect ? { namespace, name: LEASE } : undefined;
  const election = new LeaderElection(deps, { lease, identity: leaderElectId });
  // Where clients go is also for one to say that does not serve.
  const access = { client: new Client(transport), namespace, serviceName };
  const endpoint = pod === undefined ? undefined : new ServiceEndpoint({ ...access, pod });
  return { client: new Client(transport, fence), election, fence, endpoint, log };
}

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
void store.whenLost().then((reason) => {
  log.error({ reason }, 'another store may serve by now, ending');
  process.exit(1);
});

await store.start();
