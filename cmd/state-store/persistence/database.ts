import { BodyCache } from './body-cache.js';
import type { RecordStore } from './records.js';
import { Tenant, type TenantStorage } from './tenant.js';

/** Enough for all runs that are under way at one time. */
const BODY_BYTES = 32 * 1024 * 1024;

/** All tenants' documents. */
export class Database {
  private tenants = new Map<string, Tenant>();
  private readonly storage: TenantStorage;

  /**
   * @param now milliseconds since 1970
   * @param bodyBytes how much stays in memory of what is written or read, beyond what documents are found by
   */
  constructor(
    private readonly store: RecordStore,
    now: () => number,
    bodyBytes = BODY_BYTES,
  ) {
    this.storage = { store, bodies: new BodyCache(bodyBytes), now };
  }

  /** Reads everything that is stored, and tells how many records there are and which cannot be read. */
  async fill(): Promise<{ records: number; damaged: string[] }> {
    this.tenants = new Map();
    const damaged: string[] = [];
    let records = 0;
    for await (const record of this.store.load()) {
      this.tenant(record.tenant).admit(record);
      records += 1;
      if ('damage' in record) damaged.push(`${record.name}: ${record.damage}`);
    }
    return { records, damaged };
  }

  tenant(name: string): Tenant {
    const known = this.tenants.get(name);
    if (known !== undefined) return known;
    const created = new Tenant(name, this.storage);
    this.tenants.set(name, created);
    return created;
  }

  /**
   * Takes away the records that were only kept for writes that might have been sent again, one after the other; throws the
   * first failure when all have been tried.
   */
  async sweep(): Promise<void> {
    const failures: unknown[] = [];
    for (const tenant of this.tenants.values())
      for (const name of tenant.leftovers) await tenant.discard(name).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}
