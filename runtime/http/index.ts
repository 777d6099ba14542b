export { HttpEndpoint, parseAddress } from './http-endpoint.js';
export type { AskedRequest, Protection, ReceivedRequest, Routes } from './http-endpoint.js';
export { RefusedRequest, textAnswer } from './answers.js';
export type { Answer } from './answers.js';
export type { BodyLimits } from './request-body.js';
