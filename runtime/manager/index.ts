export { HttpEndpoint, parseAddress } from './http-endpoint.js';
export type { Answer, AskedRequest, Protection, Routes } from './http-endpoint.js';
export { Manager, ManagerDeps, ManagerOptions } from './manager.js';
export { runtimeModule } from './module.js';
