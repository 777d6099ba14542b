import type { Family } from '../../families.js';
import { Toy } from './toy.js';

/** A family that is not the product's: whatever the generator does for Porter's it must be able to do for a second. */
export const TOYS: Family = {
  name: 'toys',
  folders: ['cmd/generate/doubles/toys'],
  kinds: [{ kind: Toy, audience: { edit: true, view: true } }],
  metrics: [],
  reasons: { 'toys.test/v1': { Broken: 'somebody played too hard' } },
};
