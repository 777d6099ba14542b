import { openPorterState } from '../../integrations/porter/state/index.js';
import { loadKubeConfig, openTransport } from '../../runtime/client/index.js';
import { systemClock, systemScheduler } from '../../runtime/clock/index.js';
import type { AgentLog } from './agent-log.js';
import type { AgentCommand } from './command-line.js';
import { agentOptions } from './options.js';
import { runAgent } from './program.js';

/** One command of Porter's, with the real cluster, store and clock around it. */
export async function runCommand(command: AgentCommand, log: AgentLog): Promise<void> {
  const options = agentOptions(process.env);
  const transport = openTransport(() => loadKubeConfig());
  try {
    const around = { transport, openState: openPorterState, clock: systemClock, scheduler: systemScheduler };
    await runAgent(command, options, { ...around, workFolder: process.cwd() }, log);
  } finally {
    await transport.close();
  }
}
