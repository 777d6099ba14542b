export { WEBHOOK_NAMES, WEBHOOK_PATHS } from './names.js';
export { ADMITTED, WebhookServer } from './webhook-server.js';
export type { WebhookOptions } from './webhook-server.js';
