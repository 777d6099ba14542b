import { KubeApi } from '../support/kube-api.js';
import { PlayedPorter } from '../support/played-porter.js';
import { PodPlayer } from '../support/pod-player.js';

/**
 * Ends Pods in a process of its own, so that the load generator's event loop does not delay them.
 * usage: player KUBECONFIG A|B — A ends Pods, B also writes what Porter would have written
 */
const [kubeconfig = '', kind = 'A'] = process.argv.slice(2);
const api = await KubeApi.fromKubeconfig(kubeconfig);
const porter = new PlayedPorter(api);
const player = new PodPlayer(api, kind === 'B' ? (pod, play) => porter.begin(pod, play) : undefined);
await player.start();
process.stdout.write('ready\n');
process.once('SIGTERM', () => {
  void player.stop().then(async () => {
    for (const problem of player.problems.slice(0, 5)) process.stderr.write(`player: ${String(problem)}\n`);
    await Promise.all([porter.close(), api.close()]);
  });
});
