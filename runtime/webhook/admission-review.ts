import type { DeepReadonly, KubernetesJson } from '../client/index.js';
import { RefusedRequest } from '../http/index.js';

/** An object as it comes in a review. */
export type ReviewedObject = DeepReadonly<KubernetesJson & { spec?: object }>;

/** The part of an admission.k8s.io/v1 AdmissionRequest that matters here. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /** `status` and the like; empty for the object itself. */
  readonly subResource: string;
  readonly namespace: string;
  readonly name: string;
  /** Absent when there is none: before the creation, or after the deletion. */
  readonly object?: ReviewedObject;
  readonly oldObject?: ReviewedObject;
}

/** An admission.k8s.io/v1 AdmissionResponse, without the uid. */
export interface AdmissionResponse {
  readonly allowed: boolean;
  readonly warnings?: readonly string[];
  /** A metav1.Status. */
  readonly status?: object;
  readonly patchType?: 'JSONPatch';
  /** JSON patch in base64. */
  readonly patch?: string;
}

const API_VERSION = 'admission.k8s.io/v1';
const OPERATIONS: readonly unknown[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

type Fields = Readonly<Record<string, unknown>>;

/** Reads an AdmissionReview; whatever is not one is refused with status 400 and what was expected. */
export function parseReview(text: string): AdmissionRequest {
  const review = parsed(text);
  if (review['apiVersion'] !== API_VERSION || review['kind'] !== 'AdmissionReview') {
    throw unexpected(`apiVersion ${API_VERSION} and kind AdmissionReview`);
  }
  const { request } = review;
  if (!isFields(request)) throw unexpected('a request in it');
  const { uid, operation, kind } = request;
  if (typeof uid !== 'string' || uid === '') throw unexpected('request.uid');
  if (!OPERATIONS.includes(operation)) throw unexpected('request.operation CREATE, UPDATE, DELETE or CONNECT');
  if (!isFields(kind) || typeof kind['kind'] !== 'string' || kind['kind'] === '') throw unexpected('request.kind');
  const isWrite = operation === 'CREATE' || operation === 'UPDATE';
  if (isWrite && !isObject(request['object'])) throw unexpected('request.object with metadata');
  if (operation === 'UPDATE' && !isObject(request['oldObject'])) throw unexpected('request.oldObject with metadata');
  return {
    uid,
    operation: operation as AdmissionRequest['operation'],
    kind: { group: textOf(kind['group']), version: textOf(kind['version']), kind: kind['kind'] },
    subResource: textOf(request['subResource']),
    namespace: textOf(request['namespace']),
    name: textOf(request['name']),
    object: isObject(request['object']) ? request['object'] : undefined,
    oldObject: isObject(request['oldObject']) ? request['oldObject'] : undefined,
  };
}

/** The AdmissionReview that answers a request. */
export function reviewText(uid: string, response: AdmissionResponse): string {
  return JSON.stringify({ apiVersion: API_VERSION, kind: 'AdmissionReview', response: { uid, ...response } });
}

function parsed(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unexpected('JSON');
  }
  if (!isFields(value)) throw unexpected('an object');
  return value;
}

function unexpected(what: string): RefusedRequest {
  return new RefusedRequest(400, `this is no AdmissionReview: expected ${what}`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isObject(value: unknown): value is ReviewedObject {
  return isFields(value) && isFields(value['metadata']);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
