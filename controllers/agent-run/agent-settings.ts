import type { Agent } from '../../api/porter/v1/porter-resource-status.js';

/** What the operator was started with, as far as agents are concerned. */
export interface AgentSettings {
  /** The operator's own namespace. */
  readonly operatorNamespace: string;
  /** Whether the defaults in the namespace of upstream's operator apply everywhere, as the operator's own do. */
  readonly upstreamDefaults: boolean;
  /** The agent that serves where no AgentConfig names one. */
  readonly defaultAgent: Agent;
  /** Image of the operator, which the built-in agent and the side programs of every agent run from. */
  readonly builtInAgentImage: string;
  /** Porter's own agent, repository:tag or repository@digest. */
  readonly porterAgentImage: string;
  /** Whether agents without storage of their own in a PorterConfig keep their records in the embedded store. */
  readonly stateStore: 'embedded' | 'none';
  /** Service of the embedded store in the operator's namespace, or host:port of one that runs elsewhere. */
  readonly stateStoreService: string;
}

/** Injection token of {@link AgentSettings}. */
export const AgentSettings = Symbol.for('porterops.AgentSettings');
