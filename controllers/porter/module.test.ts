import { expect } from 'chai';
import type { Newable, ServiceIdentifier } from 'inversify';
import { Container } from 'inversify';
import { Reader } from '../../runtime/cache/index.js';
import { Client } from '../../runtime/client/index.js';
import { Clock } from '../../runtime/clock/index.js';
import type { WatchBuilder } from '../../runtime/controller/index.js';
import { RECONCILER, reconciledBy } from '../../runtime/controller/index.js';
import type { Reconciler } from '../../runtime/reconciler/index.js';
import { Finalizers, ReconcilerDeps } from '../../runtime/reconciler/index.js';
import { EventRecorder, StatusWriter } from '../../runtime/status/index.js';
import { Metrics } from '../../runtime/telemetry/index.js';
import { AgentSettings } from '../agent-run/agent-settings.js';
import { agentRunModule } from '../agent-run/module.js';
import { porterModule } from './module.js';

type AnyReconciler = Reconciler<never, never, never, never>;

function reconcilers(): AnyReconciler[] {
  const container = new Container();
  const strangers: [ServiceIdentifier, object][] = [
    [Client, {}],
    [Reader, {}],
    [Metrics, new Metrics()],
    [Clock, { now: () => 0 }],
    [EventRecorder, {}],
    [AgentSettings, { operatorNamespace: 'porter-operator-system' }],
  ];
  for (const [token, value] of strangers) container.bind(token).toConstantValue(value);
  const parts: Newable[] = [Finalizers, ReconcilerDeps, StatusWriter];
  for (const part of parts) container.bind(part).toSelf().inSingletonScope();
  container.load(agentRunModule, porterModule);
  return container.getAll<AnyReconciler>(RECONCILER);
}

describe('porterModule', () => {
  it('has a reconciler for each kind that is reconciled', () => {
    const kinds = reconcilers().map((each) => reconciledBy(each).resource.kind);
    expect(kinds.sort()).to.deep.equal([
      'AgentAction',
      'AgentConfig',
      'CredentialSet',
      'Installation',
      'ParameterSet',
      'PorterConfig',
    ]);
  });

  it('registers the same index in the same form wherever it is used', () => {
    const known = new Map<string, unknown>();
    const on = {
      owns: () => on,
      watches: () => on,
      index: (resource: { kind: string }, name: string, values: unknown) => {
        const key = `${resource.kind}/${name}`;
        expect(known.get(key) ?? values, key).to.equal(values);
        known.set(key, values);
        return on;
      },
    } as unknown as WatchBuilder;
    for (const each of reconcilers()) each.watch(on);
    expect([...known.keys()]).to.include('Installation/porter-installation');
  });
});
