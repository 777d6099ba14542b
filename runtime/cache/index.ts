export { BY_OWNER, Reader } from './reader.js';
