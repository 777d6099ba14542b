export { Manager, ManagerDeps, ManagerOptions } from './manager.js';
export { runtimeModule } from './module.js';
