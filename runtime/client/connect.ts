import { KubeConfig } from '@kubernetes/client-node';
import { systemRandom, systemScheduler } from '../clock/index.js';
import { Metrics, Tracing } from '../telemetry/index.js';
import { Credentials } from './credentials.js';
import { HttpTransport } from './http-transport.js';
import type { Transport } from './request.js';

/** Reads the kubeconfig at `path`, or where kubectl would look, or the Pod's own ServiceAccount. */
export function loadKubeConfig(path?: string): KubeConfig {
  const config = new KubeConfig();
  if (path === undefined || path === '') config.loadFromDefault();
  else config.loadFromFile(path);
  return config;
}

/** A transport to the cluster that `load` describes; `load` is called again when credentials are refused. */
export function openTransport(load: () => KubeConfig, metrics = new Metrics(), tracing = new Tracing()): Transport {
  const scheduler = systemScheduler;
  const credentials = new Credentials(load, () => scheduler.elapsed());
  return new HttpTransport({ credentials, scheduler, random: systemRandom, metrics, tracing });
}
