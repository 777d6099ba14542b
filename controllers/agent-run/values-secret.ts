import { childName } from './child-name.js';

/**
 * Name of the Secret that keeps the values which Porter made for an installation (sensitive parameters and outputs).
 * It follows from the installation's Porter name alone, so that a restored backup finds it.
 */
export function valuesSecretName({ namespace, name }: { namespace: string; name: string }): string {
  const base = `values-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  return childName(base, { kind: 'Values', uid: `${namespace}/${name}`, generation: 0, attempt: 0, step: '' });
}
