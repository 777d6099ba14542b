import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ClassOf, RbacRule } from '../../runtime/schema/index.js';
import { permissionsOf } from './permissions.js';

/** A program with a ServiceAccount of its own, and the folders whose classes it may load. */
export interface Program {
  readonly name: string;
  readonly folders: readonly string[];
  /** Where its rights hold: everywhere it serves, or in its own namespace only. */
  readonly scope: 'served' | 'own';
}

export const PROGRAMS: readonly Program[] = [
  { name: 'manager', folders: ['controllers', 'integrations', 'runtime', 'cmd/manager'], scope: 'served' },
  { name: 'state-store', folders: ['cmd/state-store'], scope: 'own' },
];

/** The rights of every class of a program, read from its compiled modules below `build`. */
export async function rightsOf(program: Program, build: string): Promise<RbacRule[]> {
  const modules = program.folders.flatMap((folder) => modulesIn(build, folder));
  const loaded = await Promise.all(modules.map((file) => import(pathToFileURL(file).href) as Promise<object>));
  const classes = new Set(loaded.flatMap((module): unknown[] => Object.values(module)).filter(isClass));
  return [...classes].flatMap(permissionsOf);
}

/** Modules that can be imported without effect: everything but tests and entry points. */
function modulesIn(build: string, folder: string): string[] {
  return globSync(`${folder}/**/*.js`, { cwd: build, exclude: ['**/*.test.js', '**/main.js'] })
    .map((name) => join(build, name))
    .sort();
}

function isClass(value: unknown): value is ClassOf {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}
