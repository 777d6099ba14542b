import type { Document } from 'bson';
import type { ResultStatus } from '../../../integrations/porter/state/index.js';
import type { Logger } from '../../../runtime/telemetry/index.js';
import { addressOf } from '../persistence/record-layout.js';
import type { Tenant } from '../persistence/tenant.js';
import { select } from '../query/select.js';
import { fieldsOf } from '../persistence/collection-index.js';
import { prunableRuns, type KnownRun } from './run-retention.js';

export interface PrunerOptions {
  /** So many of the newest runs of an installation stay; 0 keeps all. */
  readonly keepRuns: number;
  readonly now: () => number;
  readonly log: Logger;
}

/** An installation by Porter's namespace and name. */
interface Installation {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Takes runs away that nobody will ask for, each with its results and outputs at once. It looks when a run has told something
 * new, after the answer to that, one installation at a time; what fails is tried again when the next run tells something.
 */
export class Pruner {
  private readonly waiting = new Map<string, { tenant: Tenant; installation: Installation }>();
  private working: Promise<void> | undefined;

  constructor(private readonly options: PrunerOptions) {}

  /** Results of runs were stored. */
  noticed(tenant: Tenant, results: readonly Document[]): void {
    if (this.options.keepRuns === 0) return;
    for (const { namespace, installation } of results) {
      if (typeof namespace !== 'string' || typeof installation !== 'string') continue;
      const key = JSON.stringify([tenant.name, namespace, installation]);
      this.waiting.set(key, { tenant, installation: { namespace, name: installation } });
    }
    this.working ??= this.work();
  }

  /** Resolves when nothing is left to look at. */
  async settled(): Promise<void> {
    while (this.working !== undefined) await this.working;
  }

  private async work(): Promise<void> {
    for (const [key, { tenant, installation }] of this.waiting) {
      this.waiting.delete(key);
      try {
        await this.prune(tenant, installation);
      } catch (err) {
        this.options.log.warn({ err, tenant: tenant.name, installation: installation.name }, 'old runs stay for now');
      }
    }
    // In one go with the last look at what waits: what comes next begins anew.
    this.working = undefined;
  }

  private async prune(tenant: Tenant, installation: Installation): Promise<void> {
    await tenant.assertReadable();
    const { keepRuns, now, log } = this.options;
    const filter = { namespace: installation.namespace, installation: installation.name };
    if ((await select(tenant, tenant.collection('runs'), { filter })).length <= keepRuns) return;
    const runs = await runsOf(tenant, filter);
    const named = await namedBy(tenant, installation);
    const prunable = prunableRuns(runs, { keepRuns, named, now: now() });
    const pruned: string[] = [];
    for (const { id, documents: seen } of runs.filter((run) => prunable.includes(run.id))) {
      const { matched } = await tenant.change(addressOf(tenant.name, 'runs', { _id: id }), [], (documents) =>
        // Somebody may have written to it since it was looked at.
        documents.length === seen
          ? { documents: [], outcome: { matched: seen, modified: 0 } }
          : { documents, outcome: { matched: 0, modified: 0 } },
      );
      if (matched > 0) pruned.push(id);
    }
    if (pruned.length > 0)
      log.info({ tenant: tenant.name, installation: installation.name, pruned }, 'took old runs away');
  }
}

interface FoundRun extends KnownRun {
  /** How many there are: the run, its results and its outputs. */
  readonly documents: number;
}

/** The runs of an installation, also those of which only results or outputs are left. */
async function runsOf(tenant: Tenant, filter: Document): Promise<FoundRun[]> {
  const found = new Map<
    string,
    { created?: string; results: ResultStatus[]; outputs: KnownRun['outputs'][number][] }
  >();
  const runOf = (id: unknown) => {
    const key = String(id);
    const run = found.get(key) ?? { results: [], outputs: [] };
    found.set(key, run);
    return run;
  };
  const visit = async (collection: string, take: (document: Document) => void) => {
    for (const found of await select(tenant, tenant.collection(collection), { filter })) take(fieldsOf(found));
  };
  const ids = new Set<string>();
  await visit('runs', ({ _id, created }) => {
    ids.add(String(_id));
    runOf(_id).created = String(created);
  });
  await visit('results', ({ runId, status, created }) => {
    const run = runOf(runId);
    run.created ??= String(created);
    run.results.push(status as ResultStatus);
  });
  await visit('outputs', ({ runId, name, resultId }) => {
    runOf(runId).outputs.push({ name: String(name), resultId: String(resultId) });
  });
  return [...found].map(([id, { created = '', results, outputs }]) => ({
    ...{ id, created, results, outputs },
    documents: Number(ids.has(id)) + results.length + outputs.length,
  }));
}

async function namedBy(tenant: Tenant, { namespace, name }: Installation): Promise<string | undefined> {
  const filter = { namespace, name };
  const [record] = await select(tenant, tenant.collection('installations'), { filter, limit: 1 });
  const status = record === undefined ? undefined : (fieldsOf(record)['status'] as Document | undefined);
  return typeof status?.['runId'] === 'string' ? status['runId'] : undefined;
}
