export { DockerConfig, DockerConfigError } from './docker-config.js';
export type { RegistryLogin } from './docker-config.js';
export { InvalidReferenceError, formatReference, isDigest, parseReference } from './reference.js';
export type { Reference } from './reference.js';
export { RegistryClient } from './registry-client.js';
export type { Descriptor, Manifest, ManifestContent } from './registry-client.js';
export { RegistryError } from './registry-error.js';
export type { RegistryProblem } from './registry-error.js';
export type { TransportOptions } from './registry-transport.js';
