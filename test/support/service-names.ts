import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Programs under test run beside the cluster, where nobody resolves the names of Services. Loaded by `node --import`,
 * this makes every name that ends in `.svc` lead to the address in SERVICE_ADDRESS, so that certificates and URLs are
 * the real ones.
 */
const original = dns.lookup.bind(dns) as (...args: unknown[]) => void;
const lookup = (name: string, ...rest: unknown[]) => {
  const address = process.env['SERVICE_ADDRESS'];
  original(address !== undefined && name.endsWith('.svc') ? address : name, ...rest);
};
dns.lookup = Object.assign(lookup, { __promisify__: dns.lookup.__promisify__ });
syncBuiltinESMExports();
