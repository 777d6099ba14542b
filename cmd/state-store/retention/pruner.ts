import type { Document } from 'bson';
import type { ResultStatus } from '../../../integrations/porter/state/index.js';
import type { Logger } from '../../../runtime/telemetry/index.js';
import { addressOf } from '../persistence/record-layout.js';
import type { Tenant } from '../persistence/tenant.js';
import { select } from '../query/select.js';
import { decodePlain } from '../wire/bson-codec.js';
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
    if (select(tenant.collection('runs'), { filter }).length <= keepRuns) return;
    const runs = runsOf(tenant, filter);
    const prunable = prunableRuns(runs, { keepRuns, named: namedBy(tenant, installation), now: now() });
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
function runsOf(tenant: Tenant, filter: Document): FoundRun[] {
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
  // One document at a time: an output may be of many mebibytes.
  const visit = (collection: string, take: (document: Document) => void) => {
    for (const { body } of select(tenant.collection(collection), { filter })) take(decodePlain(body));
  };
  const ids = new Set<string>();
  visit('runs', ({ _id, created }) => {
    ids.add(String(_id));
    runOf(_id).created = String(created);
  });
  visit('results', ({ runId, status, created }) => {
    const run = runOf(runId);
    run.created ??= String(created);
    run.results.push(status as ResultStatus);
  });
  visit('outputs', ({ runId, name, resultId }) => {
    runOf(runId).outputs.push({ name: String(name), resultId: String(resultId) });
  });
  return [...found].map(([id, { created = '', results, outputs }]) => ({
    ...{ id, created, results, outputs },
    documents: Number(ids.has(id)) + results.length + outputs.length,
  }));
}

function namedBy(tenant: Tenant, { namespace, name }: Installation): string | undefined {
  const [record] = select(tenant.collection('installations'), { filter: { namespace, name }, limit: 1 });
  const status = record === undefined ? undefined : (decodePlain(record.body)['status'] as Document | undefined);
  return typeof status?.['runId'] === 'string' ? status['runId'] : undefined;
}
