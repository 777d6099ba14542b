import type { Dirent } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hintOfValueKey } from '../../../integrations/porter/index.js';
import type { SecretsOptions } from '../options.js';

/**
 * What an agent should find in its folder of secrets, by hint: the values that earlier runs made, and what credential and
 * parameter sets name, which wins. Folders that are not mounted count as empty.
 */
export async function mountedSecrets(options: SecretsOptions): Promise<Map<string, Buffer>> {
  const { keptFolder, projectedFolder } = options;
  const values = new Map<string, Buffer>();
  for (const key of await mountedFiles(keptFolder)) {
    values.set(hintOfValueKey(key), await readFile(join(keptFolder, key)));
  }
  for (const hint of await mountedFiles(projectedFolder)) {
    values.set(hint, await readFile(join(projectedFolder, hint)));
  }
  return values;
}

/** Files of a mounted Secret by relative path; kubelet's own links and folders begin with two dots. */
async function mountedFiles(folder: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(absentIsEmpty);
  const files: string[] = [];
  for (const entry of entries.filter(({ name }) => !name.startsWith('..'))) {
    const path = join(below, entry.name);
    if (await isFolder(join(folder, path), entry)) files.push(...(await mountedFiles(folder, path)));
    else files.push(path);
  }
  return files;
}

/** Kubelet links each first path segment, a folder too, into the folder of the current version. */
async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return readdir(path).then(
    () => true,
    () => false,
  );
}

function absentIsEmpty(error: NodeJS.ErrnoException): Dirent[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
