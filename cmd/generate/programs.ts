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
  /** Parts that are switched on by choice, by name: their rights are apart. */
  readonly options?: Readonly<Record<string, string>>;
  readonly servesFamilies: boolean;
  /** Where its rights hold: everywhere it serves, or in its own namespace only. */
  readonly scope: 'served' | 'own';
}

export const PROGRAMS: readonly Program[] = [
  {
    name: 'manager',
    folders: ['runtime', 'cmd/manager'],
    options: { webhook: 'runtime/webhook' },
    servesFamilies: true,
    scope: 'served',
  },
  { name: 'state-store', folders: ['cmd/state-store', 'runtime/leader'], servesFamilies: false, scope: 'own' },
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
  const { name, folders, options = {}, scope } = program;
  const served = program.servesFamilies ? families : [];
  const optional = Object.entries(options);
  const parts = [
    { name, folders, without: optional.map(([, folder]) => folder) },
    ...optional.map(([option, folder]) => ({ name: `${name}-${option}`, folders: [folder] })),
    ...served.map((one) => ({ name: `${name}-${one.name}`, folders: one.folders })),
  ];
  return Promise.all(parts.map(async (part) => ({ name: part.name, scope, rules: await rightsIn(part, build) })));
}

interface Part {
  readonly folders: readonly string[];
  readonly without?: readonly string[];
}

async function rightsIn({ folders, without = [] }: Part, build: string): Promise<RbacRule[]> {
  const apart = new Set(without.flatMap((folder) => modulesIn(build, folder)));
  const modules = folders.flatMap((folder) => modulesIn(build, folder)).filter((file) => !apart.has(file));
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
