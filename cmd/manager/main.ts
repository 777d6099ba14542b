import 'reflect-metadata';
import { CommanderError } from 'commander';
import { loadKubeConfig } from '../../runtime/client/index.js';
import { Manager } from '../../runtime/manager/index.js';
import { Logger, Metrics } from '../../runtime/telemetry/index.js';
import { createContainer } from './container.js';
import { familiesNamed } from './families.js';
import { parseOptions } from './options.js';

/** Runs until SIGTERM or SIGINT, a second one of which ends it at once, or until another process may lead. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.env);
  // The transport reads it when it is needed and would try for ever; a wrong path is better told at once.
  loadKubeConfig(options.kubeconfig);
  const container = createContainer(options, familiesNamed(options.families));
  const log = container.get<Logger>(Logger);
  container.get(Metrics).collectProcess();
  const manager = container.get(Manager);
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    manager.stop().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ err }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  await manager.start();
  const reason = await manager.whenLost();
  log.error({ reason }, 'leadership is lost, ending');
  process.exit(1);
}

main().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
