import type { ContainerModule } from 'inversify';
import { agentRunModule } from '../../controllers/agent-run/module.js';
import { porterModule } from '../../controllers/porter/module.js';

/** The families of kinds that can be switched on by name, each with all that it needs besides the runtime. */
export const FAMILIES: Readonly<Record<string, readonly ContainerModule[]>> = {
  porter: [agentRunModule, porterModule],
};

/** The modules of the families named; an unknown name is an error that lists the known ones. */
export function familiesNamed(names: readonly string[]): ContainerModule[] {
  const modules = names.flatMap((name) => {
    const family = Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : undefined;
    if (family === undefined) throw new Error(`unknown family '${name}'; known: ${Object.keys(FAMILIES).join(', ')}`);
    return family;
  });
  return [...new Set(modules)];
}
