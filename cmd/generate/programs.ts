import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ClassOf, RbacRule } from '../../runtime/schema/index.js';
import type { Family } from './families.js';
import { permissionsOf } from './permissions.js';

/** A program with a ServiceAccount of its own. */
export interface Program {
  readonly name: string;
  /** Folders of the classes whose rights it needs in any case; those of the families that it serves come on top. */
  readonly folders: readonly string[];
  readonly servesFamilies: boolean;
  /** Where its rights hold: everywhere it serves, or in its own namespace only. */
  readonly scope: 'served' | 'own';
}

export const PROGRAMS: readonly Program[] = [
  { name: 'manager', folders: ['runtime', 'cmd/manager'], servesFamilies: true, scope: 'served' },
  { name: 'state-store', folders: ['cmd/state-store'], servesFamilies: false, scope: 'own' },
];

/** Rights that are granted together: those of a program, or what it needs for one family besides. */
export interface RoleSet {
  /** Of its roles, without the product's own. */
  readonly name: string;
  readonly scope: Program['scope'];
  readonly rules: readonly RbacRule[];
}

/** The rights of a program, and apart from them those for each family, read from compiled modules below `build`. */
export async function roleSetsOf(program: Program, families: readonly Family[], build: string): Promise<RoleSet[]> {
  const { name, folders, scope } = program;
  const served = program.servesFamilies ? families : [];
  const parts = [{ name, folders }, ...served.map((one) => ({ name: `${name}-${one.name}`, folders: one.folders }))];
  return Promise.all(
    parts.map(async (part) => ({ name: part.name, scope, rules: await rightsIn(part.folders, build) })),
  );
}

async function rightsIn(folders: readonly string[], build: string): Promise<RbacRule[]> {
  const modules = folders.flatMap((folder) => modulesIn(build, folder));
  const loaded = await Promise.all(modules.map(loadModule));
  const classes = new Set(loaded.flatMap((module): unknown[] => Object.values(module)).filter(isClass));
  return [...classes].flatMap(permissionsOf);
}

/** What a compiled module exports. */
export function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  return import(pathToFileURL(file).href) as Promise<Record<string, unknown>>;
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
