import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Mutant } from './mutants.js';

/** Builds mutated operators in a copy of the compiled product; nothing in the product knows of it. */
export class MutantBuilder {
  private readonly folder = mkdtempSync(join(tmpdir(), 'porterops-mutants-'));

  constructor() {
    process.once('exit', () => this.remove());
    for (const name of ['api', 'controllers', 'integrations', 'runtime']) this.copy(`build/${name}`);
    for (const name of ['build/cmd/manager', 'hack/bundle-programs.mjs', 'package.json']) this.copy(name);
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
  }

  /** The mutated operator's file; throws when there is nothing to be changed any more. */
  build({ name, file, text, instead }: Mutant): string {
    const path = join(this.folder, 'build', file);
    const original = readFileSync(path, 'utf8');
    if (original.split(text).length !== 2) throw new Error(`mutant "${name}": ${file} does not have its text once`);
    try {
      writeFileSync(
        path,
        original.replace(text, () => instead),
      );
      execFileSync(process.execPath, ['hack/bundle-programs.mjs'], { cwd: this.folder, stdio: 'inherit' });
      return join(this.folder, 'dist', 'manager.js');
    } finally {
      writeFileSync(path, original);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private copy(name: string): void {
    cpSync(name, join(this.folder, name), { recursive: true });
  }
}
