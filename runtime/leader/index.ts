export { ElectionDeps, ElectionOptions, LeaderElection } from './leader-election.js';
export { LEASES } from './lease.js';
export type { Lease } from './lease.js';
