import semver from 'semver';
import type { Reference } from '../oci/index.js';
import { formatReference, isDigest, parseReference } from '../oci/index.js';
import type { BundleParts } from './documents.js';

/** Parts that name no bundle, and which part is wrong. */
export class InvalidBundleReferenceError extends Error {
  constructor(problem: string, cause?: unknown) {
    super(`invalid bundle reference: ${problem}`, { cause });
    this.name = 'InvalidBundleReferenceError';
  }
}

/**
 * The place of a bundle in its registry, by Porter's rules: a digest wins over a version, a version over a tag; a version
 * is published under the tag `v` + version; a tag or version in `repository` itself is not looked at.
 * @throws {@link InvalidBundleReferenceError}
 */
export function bundleReferenceOf(parts: BundleParts): Reference {
  const { registry, repository } = repositoryOf(parts.repository);
  if (present(parts.digest)) {
    if (!isDigest(parts.digest)) throw new InvalidBundleReferenceError(`${JSON.stringify(parts.digest)} is no digest`);
    return { registry, repository, digest: parts.digest };
  }
  const tag = present(parts.version)
    ? tagOfVersion(parts.version)
    : present(parts.tag)
      ? prefixed(parts.tag)
      : undefined;
  if (tag === undefined) throw new InvalidBundleReferenceError('one of digest, version and tag must be given');
  return parsed(`${formatReference({ registry, repository })}:${tag}`);
}

/** As {@link bundleReferenceOf}, as the text that is kept in `status.bundleReference`. */
export function bundleReferenceText(parts: BundleParts): string {
  return formatReference(bundleReferenceOf(parts));
}

/** The parts that a reference stands for; without tag and digest it is that of the tag `latest`. */
export function bundlePartsOf(reference: string): BundleParts {
  const { registry, repository, tag, digest } = parsed(reference);
  const parts = { repository: formatReference({ registry, repository }) };
  if (digest !== undefined) return { ...parts, digest };
  const version = semver.parse(tag?.replace('_', '+'))?.raw.replace(/^v/, '');
  return version === undefined ? { ...parts, tag: tag ?? 'latest' } : { ...parts, version };
}

/** `1.2.3` or `v1.2.3` → `v1.2.3`; a tag cannot hold `+`, so build metadata follows a `_`. */
function tagOfVersion(version: string): string {
  const exact = semver.parse(version.trim());
  if (exact !== null) return `v${exact.version}${exact.build.length > 0 ? `_${exact.build.join('.')}` : ''}`;
  const short = /^v?(\d+)(?:\.(\d+))?$/.exec(version.trim());
  if (short === null) throw new InvalidBundleReferenceError(`${JSON.stringify(version)} is no semantic version`);
  return `v${short[1] ?? '0'}.${short[2] ?? '0'}.0`;
}

/** Porter publishes versions with a `v`, and adds it to a tag that looks like a version without one. */
function prefixed(tag: string): string {
  const looksLikeVersion = /^\d+\./.test(tag) && /^\d+(\.\d+){1,2}([-_+].*)?$/.test(tag);
  return looksLikeVersion ? `v${tag}` : tag;
}

function repositoryOf(text: string): Reference {
  if (text === '') throw new InvalidBundleReferenceError('the repository is missing');
  return parsed(text);
}

function parsed(text: string): Reference {
  try {
    return parseReference(text);
  } catch (error) {
    throw new InvalidBundleReferenceError(error instanceof Error ? error.message : String(error), error);
  }
}

function present(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
