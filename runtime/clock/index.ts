export { Clock, systemClock } from './clock.js';
export { Random, systemRandom } from './random.js';
export { Scheduler, sleep, systemScheduler } from './scheduler.js';
