export { SelfSignedCertificate, certificateFiles } from './certificate-source.js';
export type { CertificateSource } from './certificate-source.js';
export { CertificateWatch } from './certificate-watch.js';
export type { CertificateWatchDeps } from './certificate-watch.js';
// Making certificates takes 7 MiB of memory: whoever does it imports certificates.js when it is needed.
export type { KeyPair } from './certificates.js';
