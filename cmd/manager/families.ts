import type { ContainerModule } from 'inversify';

/** The families of kinds that can be switched on by name. */
export const FAMILIES: Readonly<Record<string, ContainerModule>> = {};

/** The modules of the families named; an unknown name is an error that lists the known ones. */
export function familiesNamed(names: readonly string[]): ContainerModule[] {
  return names.map((name) => {
    const module = Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : undefined;
    if (module === undefined) throw new Error(`unknown family '${name}'; known: ${Object.keys(FAMILIES).join(', ')}`);
    return module;
  });
}
