import { JOBS, PODS, SECRETS } from '../../runtime/client/index.js';
import type { Resource } from '../../runtime/client/index.js';
import { KINDS } from '../support/kinds.js';
import type { KubeApi } from '../support/kube-api.js';
import { History } from './history.js';

/** What the operator makes or changes, and the Pods that follow. */
export const RECORDED: readonly Resource[] = [...KINDS, JOBS, PODS, SECRETS];

/** Watches beside the gate, directly at the API server: what it saw is what happened. */
export class Recorder {
  private readonly histories = new Map<string, History>();
  private readonly stopping = new AbortController();

  constructor(private readonly api: KubeApi) {}

  async start(): Promise<void> {
    const { signal } = this.stopping;
    for (const resource of RECORDED) {
      await this.api.watch(
        resource,
        {},
        ({ type, object }) => {
          const history = this.histories.get(object.metadata.namespace ?? '');
          history?.add({ type, object: { ...object, kind: resource.kind } });
        },
        signal,
      );
    }
  }

  /** Records what happens in this namespace until it is forgotten. */
  record(namespace: string): History {
    const history = new History();
    this.histories.set(namespace, history);
    return history;
  }

  forget(namespace: string): void {
    this.histories.delete(namespace);
  }

  stop(): void {
    this.stopping.abort();
  }
}
