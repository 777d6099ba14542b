import { inject, injectable } from 'inversify';
import type { Installation } from '../../../api/porter/v1/installation.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import { RunConfiguration } from '../../agent-run/config/run-configuration.js';
import { PorterStates } from '../../agent-run/state/porter-states.js';
import type { RecordView } from './snapshot.js';

/** What Porter has on record of an installation, and in which store. */
@injectable()
export class PorterRecords {
  constructor(
    @inject(PorterStates) private readonly states: PorterStates,
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
  ) {}

  /** Reads it now, however long the store takes to answer or to be given up. */
  async read({ metadata, spec }: DeepReadonly<Stored<Installation>>): Promise<RecordView> {
    const { namespace, name } = spec;
    try {
      return await this.states.ask<RecordView>(metadata.namespace ?? '', async (state) => {
        if (state === undefined) return { kind: 'NoStore' };
        const installation = await state.installation(namespace, name);
        if (installation === undefined) return { kind: 'Read', outputs: [] };
        const [lastRun, outputs] = await Promise.all([state.lastRun(namespace, name), state.outputs(namespace, name)]);
        const lastResult = lastRun && (await state.results(lastRun._id)).at(-1)?.status;
        return { kind: 'Read', installation, lastRun, lastResult, outputs };
      });
    } catch (error) {
      if (error instanceof StateUnavailableError) return { kind: 'Unavailable', message: error.message };
      throw error;
    }
  }

  /**
   * Tells stores and their tenants apart: two Installations of the same Porter name are the same installation exactly
   * if this is equal for their namespaces. A URL with placeholders is filled in per namespace.
   */
  tenantOf(namespace: string): string {
    const { store } = this.configuration.porter(namespace);
    return store.kind === 'External' && !store.url.includes('${') ? store.url : `namespace/${namespace}`;
  }
}
