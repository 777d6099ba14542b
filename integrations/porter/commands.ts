import { DOCUMENT_FILES } from './documents.js';

/** Command lines of Porter (and of every agent that honours them), without the program's own name. */

/** `--force` applies even when Porter thinks nothing changed; never use it on a document with `uninstalled: true`. */
export function installationApply(options: { force?: boolean } = {}): string[] {
  return ['installation', 'apply', DOCUMENT_FILES.installation, ...(options.force === true ? ['--force'] : [])];
}

/** Removes the record; without `force` only of an installation whose last action was a successful uninstall. */
export function installationDelete(options: { namespace: string; name: string; force?: boolean }): string[] {
  const force = options.force === true ? ['--force'] : [];
  return ['installation', 'delete', ...force, ...named(options.namespace, options.name)];
}

/** All records of a Porter namespace as JSON, free of parameter values. */
export function installationList(options: { namespace: string }): string[] {
  return ['installation', 'list', '-n', options.namespace, '-o', 'json', '--verbosity', 'error'];
}

export function credentialsApply(): string[] {
  return ['credentials', 'apply', DOCUMENT_FILES.credentials];
}

export function credentialsDelete(options: { namespace: string; name: string }): string[] {
  return ['credentials', 'delete', ...named(options.namespace, options.name)];
}

export function parametersApply(): string[] {
  return ['parameters', 'apply', DOCUMENT_FILES.parameters];
}

export function parametersDelete(options: { namespace: string; name: string }): string[] {
  return ['parameters', 'delete', ...named(options.namespace, options.name)];
}

/** A name that begins with a dash must not be read as a flag. */
function named(namespace: string, name: string): string[] {
  return ['-n', namespace, ...(name.startsWith('-') ? ['--'] : []), name];
}
