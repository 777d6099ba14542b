import { chmod, copyFile, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OUTPUTS_LIMIT, sealOutputs, type CollectedOutputs } from './sealed-outputs.js';

/** Copies a run's files to where the bundle may also write them, since Porter's runtime decodes files in place. */
export async function layOutInputs(from: string, to: string): Promise<number> {
  const names = (await readdir(from)).filter((name) => !name.startsWith('..'));
  for (const name of names) {
    await copyFile(join(from, name), join(to, name));
    await chmod(join(to, name), 0o660);
  }
  return names.length;
}

/** What a bundle left, sealed, as lines for the log. */
export async function sealedOutputs(folder: string, keyFile: string): Promise<string[]> {
  return sealOutputs(await collectOutputs(folder), await readFile(keyFile));
}

/** Regular files only: a link could lead to what is not the bundle's. Small ones first, so that one giant hides no other. */
export async function collectOutputs(folder: string): Promise<CollectedOutputs> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sized = await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })));
  const files = new Map<string, Buffer>();
  const tooLarge: string[] = [];
  let total = 0;
  for (const { path, size } of sized.sort((a, b) => a.size - b.size)) {
    const name = path.slice(folder.length + 1);
    total += size;
    if (total > OUTPUTS_LIMIT) tooLarge.push(name);
    else files.set(name, await readFile(path));
  }
  return { files, tooLarge };
}
