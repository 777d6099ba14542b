import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { LISTENING } from '../../controllers/agent-run/job/side-program.js';
import { AgentLog } from './agent-log.js';
import { parseCommandLine } from './command-line.js';
import { messageOf } from './failure.js';
import { runSideProgram } from './side-program.js';
import { terminationMessage } from './termination-message.js';

const TERMINATION_LOG = '/dev/termination-log';
/** As a shell tells of a process that was ended by SIGTERM. */
const TERMINATED = 143;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** One command; resolves to the exit code, which is Porter's: 0 or 1. */
async function main(args: readonly string[]): Promise<number> {
  let log = new AgentLog(print);
  try {
    const { command, quiet } = parseCommandLine(args);
    log = new AgentLog(print, quiet);
    if (command.kind === 'side-program') {
      const words = await runSideProgram(command.program, { env: process.env, ended: termination(), log });
      if (words !== undefined) await leave(log.redacted(words));
    } else {
      // The bundle goes on by itself, and whichever agent is started next goes on with it.
      process.once('SIGTERM', () => process.exit(TERMINATED));
      log.info(`porterops agent ${args.join(' ')}`);
      const { runCommand } = await import('./run-command.js');
      await runCommand(command, log);
    }
    return 0;
  } catch (error) {
    const message = log.redacted(messageOf(error));
    print(`Error: ${message}`);
    await leave(`Error: ${message}`);
    return 1;
  }
}

async function leave(words: string): Promise<void> {
  await writeFile(TERMINATION_LOG, terminationMessage(words)).catch(() => undefined);
}

/** Aborted when the process is told to end; its new name tells the probe that it hears this from now on. */
function termination(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGTERM', () => controller.abort());
  process.once('SIGINT', () => controller.abort());
  process.title = LISTENING;
  return controller.signal;
}

process.exitCode = await main(process.argv.slice(2));
