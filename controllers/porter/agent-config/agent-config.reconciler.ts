import { inject, injectable } from 'inversify';
import type { AgentConfig, AgentConfigStatus } from '../../../api/porter/v1/agent-config.js';
import { AGENT_CONFIGS } from '../../../api/porter/v1/resources.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import type { Reader } from '../../../runtime/cache/index.js';
import { Reconciles } from '../../../runtime/controller/index.js';
import type { Acted, ObserveContext } from '../../../runtime/reconciler/index.js';
import { Reconciler, ReconcilerDeps, done } from '../../../runtime/reconciler/index.js';
import { AgentSettings } from '../../agent-run/agent-settings.js';
import { effectiveAgentConfig } from '../../agent-run/config/effective-agent-config.js';
import type { AgentConfigSnapshot } from './status.js';
import { describeAgentConfig } from './status.js';

interface Accept {
  readonly action: 'Accept';
}

/**
 * Tells whether agents can run with an AgentConfig. It is ready as soon as the API server has accepted it, since nothing
 * has to be installed first; whoever uses it reads its spec, never its readiness.
 */
@injectable()
@Reconciles(AGENT_CONFIGS, { events: 'warnings' })
export class AgentConfigReconciler extends Reconciler<AgentConfig, AgentConfigSnapshot, Accept, undefined> {
  constructor(
    @inject(ReconcilerDeps) deps: ReconcilerDeps,
    @inject(AgentSettings) private readonly settings: AgentSettings,
  ) {
    super(deps);
  }

  override watch(): void {
    // Nothing else matters to it.
  }

  override observe(
    object: DeepReadonly<Stored<AgentConfig>>,
    _reader: Reader,
    { now }: ObserveContext,
  ): Promise<AgentConfigSnapshot> {
    const { defaultAgent: agent, porterAgentImage, builtInAgentImage } = this.settings;
    const effective = effectiveAgentConfig([object.spec], { agent, porterAgentImage, builtInAgentImage });
    return Promise.resolve({ object, now, effective });
  }

  override decide(): Accept {
    return { action: 'Accept' };
  }

  override act(): Promise<Acted<undefined>> {
    return Promise.resolve({ outcome: done(), observed: undefined });
  }

  override describeStatus(snapshot: AgentConfigSnapshot): AgentConfigStatus {
    return describeAgentConfig(snapshot);
  }
}
