export { WorkQueue } from './work-queue.js';
export type { Priority, QueueObserver, WorkQueueDeps } from './work-queue.js';
