import type { Newable } from 'inversify';
import { ContainerModule } from 'inversify';
import { InformerDeps, Informers, OwnWrites, Reader } from '../cache/index.js';
import { Client, WriteFence } from '../client/index.js';
import { ElectionDeps, LeaderElection } from '../leader/index.js';
import { Finalizers, ReconcilerDeps } from '../reconciler/index.js';
import { EventRecorder, StatusWriter } from '../status/index.js';
import { Metrics, Tracing } from '../telemetry/index.js';
import { Manager, ManagerDeps } from './manager.js';

const PARTS: readonly Newable[] = [
  Client,
  ElectionDeps,
  EventRecorder,
  Finalizers,
  InformerDeps,
  Informers,
  LeaderElection,
  Manager,
  ManagerDeps,
  Metrics,
  OwnWrites,
  ReconcilerDeps,
  StatusWriter,
  Tracing,
  WriteFence,
];

/**
 * The whole runtime. What differs from program to program is bound by whoever loads it: ManagerOptions, ElectionOptions,
 * WatchScope, Transport, Logger, Clock, Scheduler and Random, and TracingOptions if there is tracing.
 */
export const runtimeModule = new ContainerModule(({ bind }) => {
  for (const part of PARTS) bind(part).toSelf().inSingletonScope();
  bind<Reader>(Reader).toService(Informers);
});
