import type { Descriptor, ManifestContent, Reference } from '../../../integrations/oci/index.js';
import {
  DockerConfigError,
  RegistryError,
  formatReference,
  type RegistryClient,
} from '../../../integrations/oci/index.js';
import type { Bundle, BundleParts } from '../../../integrations/porter/index.js';
import { BundleError, bundlePartsOf, bundleReferenceOf, checkBundle, parseBundle } from '../../../integrations/porter/index.js';
import { AgentFailure, unsupported } from '../failure.js';
import type { ResolvedBundle } from './resolved-bundle.js';

const BUNDLE_LIMIT = 4 << 20;
const CNAB_CONFIG = 'application/vnd.cnab.config.v1+json';
const MANIFEST_TYPE = 'io.cnab.manifest.type';
/** What bundles may require of a runtime that this one has; Porter knows them by their short names too. */
const EXTENSIONS: readonly string[] = [
  'sh.porter.file-parameters',
  'file-parameters',
  'io.cnab.parameter-sources',
  'parameter-sources',
];
/** What bundles may hold without requiring it, and what would then silently be left out. */
const REFUSED_CUSTOM: readonly string[] = ['io.cnab.dependencies', 'org.getporter.dependencies@v2', 'io.cnab.docker'];
const IMAGE_TYPES: readonly (string | undefined)[] = [undefined, '', 'docker', 'oci'];

/** Finds bundles in OCI registries. */
export class BundleSource {
  constructor(private readonly registry: RegistryClient) {}

  /** By the parts of a document. @throws AgentFailure in Porter's words */
  fetch(parts: BundleParts): Promise<ResolvedBundle> {
    return this.pull(bundleReferenceOf(parts));
  }

  /** By a reference as it is given on the command line or kept in records. @throws AgentFailure */
  fetchReference(reference: string): Promise<ResolvedBundle> {
    return this.fetch(bundlePartsOf(reference));
  }

  private async pull(reference: Reference): Promise<ResolvedBundle> {
    try {
      return await this.resolve(reference);
    } catch (error) {
      if (error instanceof RegistryError || error instanceof DockerConfigError || error instanceof BundleError) {
        throw new AgentFailure(`unable to pull bundle: ${formatReference(reference)}: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  private async resolve(reference: Reference): Promise<ResolvedBundle> {
    const index = await this.registry.manifest(reference);
    const text = await this.definitionText(reference, index.content);
    const definition = parseBundle(text);
    refuseUnsupported(definition);
    checkBundle(definition);
    const image = invocationImage(definition, index.content);
    const at = (digest: string) => `${reference.registry}/${reference.repository}@${digest}`;
    return {
      reference: formatReference(reference),
      digest: index.digest,
      definition,
      text,
      image: at(image.digest),
      relocations: relocations(definition, index.content, at),
    };
  }

  private async definitionText(reference: Reference, index: ManifestContent): Promise<string> {
    const entry = index.manifests?.find(({ annotations }) => annotations?.[MANIFEST_TYPE] === 'config');
    if (entry === undefined) throw new BundleError('not a bundle: its index has no entry of type config');
    const manifest = await this.registry.manifest({ ...reference, tag: undefined, digest: entry.digest });
    const { config } = manifest.content;
    if (config?.mediaType !== CNAB_CONFIG) throw new BundleError(`not a bundle: its configuration is no ${CNAB_CONFIG}`);
    const blob = await this.registry.blob(reference, config, BUNDLE_LIMIT);
    return blob.toString();
  }
}

function invocationImage(bundle: Bundle, index: ManifestContent): Descriptor {
  const image = bundle.invocationImages.find(({ imageType }) => IMAGE_TYPES.includes(imageType));
  if (image === undefined) {
    const [first] = bundle.invocationImages;
    throw unsupported(`invocation images of type ${first?.imageType ?? ''}`);
  }
  if (image.contentDigest === undefined) throw new BundleError('invalid bundle: the invocation image has no contentDigest');
  const entry = index.manifests?.find(({ digest }) => digest === image.contentDigest);
  if (entry !== undefined) return entry;
  throw new BundleError(`invalid bundle: its index does not have the invocation image ${image.contentDigest}`);
}

function relocations(bundle: Bundle, index: ManifestContent, at: (digest: string) => string): Record<string, string> {
  const present = new Set(index.manifests?.map(({ digest }) => digest));
  const images = [...bundle.invocationImages, ...Object.values(bundle.images ?? {})];
  const moved = images.flatMap(({ image, contentDigest = '' }) =>
    present.has(contentDigest) ? [[image, at(contentDigest)] as const] : [],
  );
  return Object.fromEntries(moved);
}

function refuseUnsupported(bundle: Bundle): void {
  const required = bundle.requiredExtensions?.filter((name) => !EXTENSIONS.includes(name)) ?? [];
  const held = REFUSED_CUSTOM.filter((name) => Object.hasOwn(bundle.custom ?? {}, name));
  const [first] = [...required, ...held];
  if (first !== undefined) throw unsupported(`the extension ${first}, which bundle ${bundle.name} ${bundle.version} uses`);
}
