export { createAuthority, isCurrent, issueCertificate } from './certificates.js';
export type { KeyPair } from './certificates.js';
