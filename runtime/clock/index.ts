export { Clock, microTime, systemClock } from './clock.js';
export { ExpiringCache } from './expiring-cache.js';
export { Random, systemRandom } from './random.js';
export { Scheduler, sleep, systemScheduler, within } from './scheduler.js';
