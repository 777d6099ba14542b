export { InvalidReferenceError, formatReference, isDigest, parseReference } from './reference.js';
export type { Reference } from './reference.js';
