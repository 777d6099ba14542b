import { MongoClient, type Db } from 'mongodb';
import type { Document } from 'bson';
import { expect } from 'chai';
import { CONFORMANCE, changed, type Past } from '../../cmd/agent/conformance.js';
import { PlayedRun, type InstallationFile } from './played-run.js';
import { fails, succeeds } from './pod-plays.js';
import { recordedExchanges } from './porter-trace.js';
import { ServedDatabase } from './served-database.js';

const WRITES = ['update', 'insert'];

describe('A played run', () => {
  let served: ServedDatabase;
  let client: MongoClient;
  let state: Db;
  const asked: Document[] = [];

  beforeEach(async () => {
    served = await new ServedDatabase().start();
    client = new MongoClient(served.url('team-a'), { monitorCommands: true });
    client.on('commandStarted', ({ command }) => asked.push(command));
    state = client.db();
    asked.length = 0;
  });

  afterEach(async () => {
    await client.close();
    await served.stop();
  });

  const shop = (parts: Partial<InstallationFile> = {}): InstallationFile => ({
    name: 'b',
    namespace: 'dev',
    bundle: { repository: 'registry.test/hello', version: '0.3.0' },
    credentialSets: ['hello-creds'],
    parameterSets: ['hello-params'],
    parameters: { seconds: '0' },
    ...parts,
  });

  /** The action that was run. */
  async function apply(file: InstallationFile, { force = false, play = succeeds() } = {}): Promise<string | undefined> {
    const run = await PlayedRun.begin(state, file, force);
    if ('ends' in play) await run?.end(play);
    return run?.action;
  }

  it('writes what a recorded Porter wrote for an install and an uninstall, in the same order', async () => {
    await apply(shop());
    await apply(shop({ uninstalled: true }));
    const recorded = recordedExchanges().map(({ request }) => request);
    expect(writesAbout('b', asked)).to.deep.equal(writesAbout('b', recorded));
  });

  it('tells of the run in the installation only when it has ended', async () => {
    const run = await PlayedRun.begin(state, shop(), false);
    const [recorded] = await state.collection('runs').find().toArray();
    const status = async () => (await state.collection('installations').findOne({ name: 'b' }))?.['status'] as Document;
    expect(recorded).to.include({ action: 'install', revision: run?.revision });
    expect(
      (await state.collection('results').find().toArray()).map((result) => result['status'] as unknown),
    ).to.deep.equal(['running']);
    expect(await status()).to.include({ runId: '', action: '', resultStatus: '', installed: null });
    await run?.end(succeeds() as never);
    expect(await status()).to.include({
      runId: recorded?._id as unknown,
      action: 'install',
      resultStatus: 'succeeded',
    });
  });

  it('keeps when it was uninstalled after a reinstall', async () => {
    await apply(shop());
    await apply(shop({ uninstalled: true }));
    await apply(shop(), { force: true });
    const { status } = (await state.collection('installations').findOne({ name: 'b' })) as Document;
    const { installed, uninstalled } = status as Record<string, string>;
    expect(Date.parse(installed ?? '')).to.be.greaterThan(Date.parse(uninstalled ?? ''));
  });

  describe('decides as Porter does', () => {
    for (const { past, change, uninstalled, force, runs } of CONFORMANCE.filter(
      ({ past }) => !past.includes('invoke status'),
    )) {
      const wish = [uninstalled && 'uninstalled', change, force && 'by force'].filter(Boolean).join(' ') || 'as before';
      it(`${runs ?? 'nothing'} after ${past.join(', ') || 'nothing'}, when it is wished ${wish}`, async () => {
        let file = shop();
        for (const step of past) {
          if (step === 'failed upgrade') file = shop({ parameters: { name: 'changed once' } });
          await bringAbout(step, file);
        }
        expect(await apply({ ...changed(file, change), uninstalled }, { force })).to.equal(runs);
      });
    }
  });

  async function bringAbout(past: Past, file: InstallationFile): Promise<void> {
    const uninstalled = past.endsWith('uninstall');
    const play = past.startsWith('failed') ? fails('told to fail') : succeeds();
    await apply({ ...file, uninstalled }, { play, force: past === 'reinstall by force' });
  }
});

/** Each document of an installation that is written: how, where, and its shape. */
function writesAbout(installation: string, requests: readonly Document[]): unknown[] {
  return requests.flatMap((request) => {
    const [name, collection] = Object.entries(request)[0] as [string, unknown];
    if (!WRITES.includes(name)) return [];
    const sequence = (request['updates'] ??
      request['%updates'] ??
      request['documents'] ??
      request['%documents']) as Document[];
    return sequence
      .map((entry) => ({
        name,
        collection,
        upsert: entry['upsert'] === true,
        document: (entry['u'] ?? entry) as Document,
      }))
      .filter(({ document }) => [document['name'], document['installation']].includes(installation))
      .map(({ document, ...how }) => ({ ...how, document: shapeOf(document) }));
  });
}

/** Members and their types; lists and texts may differ. */
function shapeOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || '_bsontype' in value || Array.isArray(value)) {
    return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
  }
  const members = Object.entries(value).map(([key, member]) => [key, shapeOf(member)] as const);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
