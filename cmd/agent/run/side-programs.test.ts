import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { KEY_BYTES, OUTPUTS_LIMIT, openOutputs, sealOutputs } from './sealed-outputs.js';
import { collectOutputs, layOutInputs, sealedOutputs } from './side-programs.js';

describe('beside a bundle', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'beside-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('inputs are laid out so that the bundle may change them', async () => {
    await mkdir(join(folder, 'packed/..data'), { recursive: true });
    await mkdir(join(folder, 'inputs'));
    await writeFile(join(folder, 'packed/..data/file0'), 'content', { mode: 0o400 });
    await symlink('..data/file0', join(folder, 'packed/file0'));
    expect(await layOutInputs(join(folder, 'packed'), join(folder, 'inputs'))).to.equal(1);
    expect(await readFile(join(folder, 'inputs/file0'), 'utf8')).to.equal('content');
    expect((await stat(join(folder, 'inputs/file0'))).mode & 0o777).to.equal(0o660);
  });

  it('outputs come back as they were, folders and bytes', async () => {
    await mkdir(join(folder, 'out/deep'), { recursive: true });
    await writeFile(join(folder, 'out/greeting'), 'hello');
    await writeFile(join(folder, 'out/deep/state'), Buffer.from([0, 255, 1]));
    const key = randomBytes(KEY_BYTES);
    await writeFile(join(folder, 'key'), key);
    const lines = await sealedOutputs(join(folder, 'out'), join(folder, 'key'));
    const opened = openOutputs(`something else\n${lines.join('\n')}\n`, key)!;
    expect(Object.fromEntries(opened.files)).to.deep.equal({
      greeting: Buffer.from('hello'),
      'deep/state': Buffer.from([0, 255, 1]),
    });
  });

  it('a link among the outputs is not followed', async () => {
    await writeFile(join(folder, 'secret'), 'not the bundle’s');
    await mkdir(join(folder, 'out'));
    await symlink('../secret', join(folder, 'out/stolen'));
    expect((await collectOutputs(join(folder, 'out'))).files.size).to.equal(0);
  });

  it('an output that is too large is named and hides no other', async () => {
    await writeFile(join(folder, 'large'), Buffer.alloc(OUTPUTS_LIMIT));
    await writeFile(join(folder, 'small'), 'x');
    const { files, tooLarge } = await collectOutputs(folder);
    expect([[...files.keys()], tooLarge]).to.deep.equal([['small'], ['large']]);
  });
});

describe('sealed outputs', () => {
  const key = randomBytes(KEY_BYTES);
  const outputs = { files: new Map([['greeting', randomBytes(30_000)]]), tooLarge: ['big'] };

  it('show nothing, and fit the lines that container runtimes keep whole', () => {
    const lines = sealOutputs({ files: new Map([['greeting', Buffer.from('very secret')]]), tooLarge: [] }, key);
    expect(lines.join())
      .to.not.include('very secret')
      .and.to.not.include(Buffer.from('very secret').toString('base64'));
    for (const line of sealOutputs(outputs, key)) expect(line.length).to.be.lessThan(16_000);
  });

  it('open only with their key', () => {
    expect(openOutputs(sealOutputs(outputs, key).join('\n'), key)).to.deep.equal(outputs);
    expect(openOutputs(sealOutputs(outputs, key).join('\n'), randomBytes(KEY_BYTES))).to.equal(undefined);
  });

  it('open only when they are complete', () => {
    const lines = sealOutputs(outputs, key);
    expect(lines.length).to.be.greaterThan(2);
    for (let missing = 0; missing < lines.length; missing++) {
      expect(openOutputs(lines.toSpliced(missing, 1).join('\n'), key), `without line ${missing}`).to.equal(undefined);
    }
    expect(openOutputs('', key)).to.equal(undefined);
  });

  it('cannot be forged by what a bundle prints', () => {
    fc.assert(
      fc.property(fc.base64String({ minLength: 4 }), (text) => {
        expect(openOutputs(`porterops-outputs 1/1 ${text}`, key)).to.equal(undefined);
      }),
    );
  });
});
