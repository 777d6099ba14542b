export { SelfSignedCertificate, certificateFiles } from './certificate-source.js';
export type { CertificateSource } from './certificate-source.js';
export { CertificateWatch } from './certificate-watch.js';
export type { CertificateWatchDeps } from './certificate-watch.js';
export { createAuthority, isCurrent, issueCertificate } from './certificates.js';
export type { KeyPair } from './certificates.js';
