import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { endsWithUs } from '../support/children.js';
import { eventually } from '../support/eventually.js';
import type { StateStore } from '../support/state-store.js';

/** A player of its own process, ready to play. @param kind as `player` takes it */
export async function startPlayer(kubeconfig: string, kind: 'A' | 'B', store?: StateStore) {
  const env = { PATH: process.env['PATH'], ...(store === undefined ? {} : { SERVICE_ADDRESS: store.address }) };
  const args = ['--import', './build/test/support/service-names.js', 'build/test/bench/player.js', kubeconfig, kind];
  const child = endsWithUs(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] }));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const player = {
    async stop() {
      if (hasEnded()) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([ended, delay(5000)]);
      child.kill('SIGKILL');
    },
  };
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await eventually('the player is ready or has ended', () => said !== '' || hasEnded()).catch(
    async (error: unknown) => {
      await player.stop();
      throw error;
    },
  );
  if (hasEnded()) throw new Error(`the player ended with exit code ${child.exitCode}`);
  return player;
}
