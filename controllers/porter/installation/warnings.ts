import type { InstallationSpec } from '../../../api/porter/v1/installation.js';
import type { Bundle } from '../../../integrations/porter/index.js';
import { BundleError, entryOf, isSensitiveParameter, parseBundle } from '../../../integrations/porter/index.js';
import type { DeepReadonly } from '../../../runtime/client/index.js';
import type { Explanation } from '../../../runtime/status/index.js';
import { printable } from '../../../runtime/schema/index.js';

/** Condition that is False when the bundle's definition makes inline parameters look wrong; absent when nothing is. */
export const PARAMETERS_ACCEPTED = 'ParametersAccepted';

/** Condition that is False while outputs cannot be written into an InstallationOutput; absent when they are. */
export const OUTPUTS_SHOWN = 'OutputsShown';

/** The definition as kept with a run; undefined if it cannot be read. */
export function bundleOf(text: string | undefined): Bundle | undefined {
  if (text === undefined) return undefined;
  try {
    return parseBundle(text);
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}

/**
 * What is doubtful about the inline parameters, though Porter takes them: names that the bundle does not know, which
 * Porter ignores, and values that the bundle calls sensitive, which everybody can read who can read the Installation.
 */
export function parametersWarning(spec: DeepReadonly<InstallationSpec>, bundle: Bundle): Explanation | null {
  const names = Object.keys(spec.parameters ?? {});
  const unknown = names.filter((name) => entryOf(bundle.parameters, name) === undefined);
  const sensitive = names.filter((name) => isSensitiveParameter(bundle, name));
  const sentences = [unknownSentence(unknown, bundle), sensitiveSentence(sensitive)].filter((text) => text !== '');
  if (sentences.length === 0) return null;
  const reason = unknown.length > 0 ? 'UnknownParameter' : 'SensitiveParameterInline';
  return { reason, message: sentences.join(' ') };
}

function unknownSentence(names: readonly string[], bundle: Bundle): string {
  if (names.length === 0) return '';
  const known = listed(Object.keys(bundle.parameters ?? {}).sort()) || 'none';
  return `The bundle has no parameter ${listed(names)}, and Porter ignores it: correct spec.parameters. It has: ${known}.`;
}

function sensitiveSentence(names: readonly string[]): string {
  if (names.length === 0) return '';
  return `The bundle calls ${listed(names)} sensitive: move it from spec.parameters to a ParameterSet that takes it from a Secret.`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(printable).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
