import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { secretFileOf } from '../../../integrations/porter/index.js';

/** The folder in which Porter's `filesystem` plugin keeps secrets, one file per hint. */
export class SecretFiles {
  private readonly folder: string;

  constructor(porterHome: string) {
    this.folder = join(porterHome, 'secrets');
  }

  /** The value of a hint; undefined when there is none. @throws InvalidHintError */
  async read(hint: string): Promise<string | undefined> {
    const content = await this.readBytes(hint);
    return content?.toString();
  }

  async readBytes(hint: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.folder, secretFileOf(hint)));
    } catch (error) {
      if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  }

  /** Writes a value, in place of one that is there. @throws InvalidHintError */
  async write(hint: string, value: string | Buffer): Promise<void> {
    const file = join(this.folder, secretFileOf(hint));
    await mkdir(dirname(file), { recursive: true, mode: 0o770 });
    await writeFile(file, value, { mode: 0o660 });
  }

  /** All hints that have a value. */
  async hints(): Promise<string[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o770 });
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => join(entry.parentPath, entry.name).slice(this.folder.length + 1)).sort();
  }
}
