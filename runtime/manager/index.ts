export { Manager, ManagerDeps, ManagerOptions } from './manager.js';
