import { inject, injectable } from 'inversify';
import { StateUnavailableError, passwordsIn } from '../../../integrations/porter/state/index.js';
import { RunConfiguration } from '../config/run-configuration.js';
import { EmbeddedStore } from './embedded-store.js';
import { StoreUrls } from './store-urls.js';

/** With which passwords agents log in to their store, for taking them out of texts. */
@injectable()
export class StorePasswords {
  constructor(
    @inject(RunConfiguration) private readonly configuration: RunConfiguration,
    @inject(EmbeddedStore) private readonly store: EmbeddedStore,
    @inject(StoreUrls) private readonly urls: StoreUrls,
  ) {}

  /** In all spellings; none where no store is, or where it cannot be addressed, since no agent has got it then. */
  async of(namespace: string): Promise<string[]> {
    try {
      return passwordsIn(await this.url(namespace));
    } catch (error) {
      if (error instanceof StateUnavailableError) return [];
      throw error;
    }
  }

  private async url(namespace: string): Promise<string> {
    const { store } = this.configuration.porter(namespace);
    switch (store.kind) {
      case 'Embedded':
        return (await this.store.agentLogin(namespace)).url;
      case 'External':
        return this.urls.resolve(namespace, store.url);
      case 'None':
        return '';
    }
  }
}
