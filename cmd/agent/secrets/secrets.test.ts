import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { Client } from '../../../runtime/client/index.js';
import { eventually } from '../../../test/support/eventually.js';
import { AgentLog } from '../agent-log.js';
import { FakeCluster } from '../doubles/fake-cluster.js';
import { FakeTime } from '../doubles/fake-time.js';
import type { SecretsOptions } from '../options.js';
import { SecretKeeper } from './keep.js';
import { KeptValues } from './kept-values.js';
import { mountedSecrets } from './mounted-secrets.js';
import { restoreSecrets } from './restore.js';
import { SecretFiles } from './secret-files.js';

const RUNS = ['01M7YE340K2NZMTYRRH1Y88SCS', ...[1, 2, 3, 4, 5, 6, 7].map((n) => `01M7YE342YK82Z6R3MF8M7R5Q${n}`)];

describe('secrets of an agent', () => {
  let folder: string;
  let options: SecretsOptions & { valuesSecret: string };
  let cluster: FakeCluster;
  let files: SecretFiles;
  const said: string[] = [];
  const log = new AgentLog((line) => said.push(line));

  beforeEach(async () => {
    said.length = 0;
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
    options = {
      namespace: 'team-a',
      porterHome: join(folder, 'home'),
      valuesSecret: 'values-shop',
      projectedFolder: join(folder, 'projected'),
      keptFolder: join(folder, 'kept'),
      labels: { 'getporter.org/managed': 'true' },
    };
    cluster = new FakeCluster(new FakeTime());
    files = new SecretFiles(options.porterHome);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const kept = () => new KeptValues(new Client(cluster), options);
  const stored = () =>
    Object.fromEntries(
      Object.entries(cluster.secret('values-shop')?.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString(),
      ]),
    );

  /** As kubelet mounts it: everything is a link into a folder of the current version. */
  async function mount(at: string, content: Record<string, string>): Promise<void> {
    for (const [path, value] of Object.entries(content)) {
      const file = join(at, '..2026_11_21', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, value);
      const [first = ''] = path.split('/');
      await symlink(join('..data', first), join(at, first)).catch(() => undefined);
    }
    await symlink('..2026_11_21', join(at, '..data'));
  }

  describe('restoring', () => {
    it('lays out what is projected and what was kept, under their hints', async () => {
      await mount(options.projectedFolder, { 'hello-token': 'token', 'tls/tls.crt': 'cert', 'tls/tls.key': 'key' });
      await mount(options.keptFolder, { [`${RUNS[0]}-pass__20word`]: 'kept' });
      await restoreSecrets(options, log);
      expect(await files.hints()).to.deep.equal([`${RUNS[0]}-pass word`, 'hello-token', 'tls/tls.crt', 'tls/tls.key']);
      expect(await files.read('tls/tls.key')).to.equal('key');
    });

    it('is content with nothing', async () => {
      await restoreSecrets(options, log);
      expect(await files.hints()).to.deep.equal([]);
    });

    it('lets a projected value win over a kept one', async () => {
      await mount(options.projectedFolder, { token: 'projected' });
      await mount(options.keptFolder, { token: 'kept' });
      await restoreSecrets(options, log);
      expect(await files.read('token')).to.equal('projected');
    });
  });

  describe('keeping', () => {
    async function keeper(): Promise<{ end: () => Promise<readonly string[]> }> {
      const controller = new AbortController();
      const running = new SecretKeeper({ files, kept: kept(), log }, await mountedSecrets(options)).run(
        controller.signal,
      );
      return {
        end: () => {
          controller.abort();
          return running;
        },
      };
    }

    it('keeps what an agent makes, and nothing that was given to it', async () => {
      await mount(options.projectedFolder, { 'hello-token': 'token' });
      await restoreSecrets(options, log);
      const { end } = await keeper();
      await files.write(`${RUNS[1]}-password`, 'made');
      await end();
      expect(stored()).to.deep.equal({ [`${RUNS[1]}-password`]: 'made' });
      expect(cluster.secret('values-shop')?.metadata.labels).to.deep.equal(options.labels);
    });

    it('keeps it while the agent is still at work', async () => {
      const { end } = await keeper();
      await files.write(`${RUNS[1]}-password`, 'made');
      await eventually('the value is kept', () => stored()[`${RUNS[1]}-password`] === 'made', 5000);
      await end();
    });

    it('adds to what earlier runs left', async () => {
      await kept().add(new Map([[`${RUNS[1]}-a`, Buffer.from('1')]]));
      await kept().add(new Map([[`${RUNS[2]}-b/c`, Buffer.from('2')]]));
      expect(stored()).to.deep.equal({ [`${RUNS[1]}-a`]: '1', [`${RUNS[2]}-b__2Fc`]: '2' });
    });

    it('lets the values of old runs go, but never the installation’s own or the last ones', async () => {
      for (const run of RUNS) await kept().add(new Map([[`${run}-password`, Buffer.from(run)]]));
      expect(Object.keys(stored()).sort()).to.deep.equal([RUNS[0], ...RUNS.slice(-5)].map((run) => `${run}-password`));
    });

    it('lets values of the oldest runs go when a Secret cannot hold them all, and says which', async () => {
      const third = Buffer.alloc(400_000, 'x');
      for (const run of RUNS.slice(1, 4)) await kept().add(new Map([[`${run}-output`, third.subarray(1)]]));
      const { end } = await keeper();
      await files.write(`${RUNS[4]}-output`, third);
      const dropped = await end();
      expect(Object.keys(stored())).to.deep.equal([`${RUNS[1]}-output`, `${RUNS[4]}-output`]);
      expect(dropped).to.deep.equal([`${RUNS[3]}-output`]);
      expect(said.join('\n')).to.include(`cannot hold more than 1048576 bytes: ${RUNS[3]}-output`);
    });

    it('keeps the rest when one value alone is too large, and does not try again', async () => {
      const { end } = await keeper();
      await files.write(`${RUNS[1]}-huge`, Buffer.alloc(1_100_000, 'x'));
      await files.write(`${RUNS[1]}-small`, 'y');
      await eventually('the small one is kept', () => stored()[`${RUNS[1]}-small`] === 'y', 5000);
      const writes = cluster.requests.length;
      expect(await end()).to.deep.equal([`${RUNS[1]}-huge`]);
      expect(cluster.requests.length).to.equal(writes);
      expect(Object.keys(stored())).to.deep.equal([`${RUNS[1]}-small`]);
    });

    it('meets a Secret that somebody made at the same moment', async () => {
      const racing = new Client({
        ...cluster,
        send: (request) => {
          if (request.method === 'POST' && cluster.secret('values-shop') === undefined) {
            cluster.put('secrets', {
              metadata: { namespace: 'team-a', name: 'values-shop' },
              data: { other: 'eA==' },
            } as never);
          }
          return cluster.send(request);
        },
        stream: () => cluster.stream(),
        close: () => cluster.close(),
      });
      await new KeptValues(racing, options).add(new Map([[`${RUNS[1]}-a`, Buffer.from('1')]]));
      expect(stored()).to.deep.equal({ other: 'x', [`${RUNS[1]}-a`]: '1' });
    });
  });
});
