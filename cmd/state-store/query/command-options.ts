import type { Document } from 'bson';
import { CommandError } from '../wire/command-error.js';
import { isObject } from './arguments.js';

/** What drivers put into any command, and what makes no difference to its answer here. */
const ANYWHERE = [
  ...['$db', 'lsid', 'txnNumber', '$clusterTime', '$readPreference', 'writeConcern', 'readConcern', 'maxTimeMS'],
  ...['comment', 'apiVersion', 'apiStrict', 'apiDeprecationErrors'],
];

/** What each command heeds, or may leave unheeded: `hint`, `allowDiskUse` and their like change no answer. */
export const HEEDED: Readonly<Record<string, readonly string[]>> = {
  find: [
    ...['filter', 'sort', 'projection', 'skip', 'limit', 'batchSize', 'singleBatch'],
    ...['hint', 'allowDiskUse', 'noCursorTimeout', 'allowPartialResults'],
  ],
  aggregate: ['pipeline', 'cursor', 'hint', 'allowDiskUse', 'bypassDocumentValidation'],
  count: ['query', 'skip', 'limit', 'hint'],
  distinct: ['key', 'query', 'hint'],
  getMore: ['collection', 'batchSize'],
  killCursors: ['cursors'],
  insert: ['documents', 'ordered', 'bypassDocumentValidation'],
  update: ['updates', 'ordered', 'bypassDocumentValidation'],
  delete: ['deletes', 'ordered'],
  createIndexes: ['indexes', 'commitQuorum'],
  drop: [],
  dropDatabase: [],
  dropIndexes: ['index'],
  listIndexes: ['cursor'],
  listCollections: ['cursor', 'filter', 'nameOnly', 'authorizedCollections'],
};
const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  updates: ['q', 'u', 'upsert', 'multi', 'hint'],
  deletes: ['q', 'limit', 'hint'],
};

/** MongoDB's own options that would change the answer. */
const MISSING = [
  ...['collation', 'let', 'min', 'max', 'returnKey', 'showRecordId', 'tailable', 'awaitData', 'oplogReplay'],
  ...['explain', 'arrayFilters', 'c', 'sampleId', 'rawData'],
];

/**
 * Throws for an option that is not heeded and would change the answer: NotImplemented for one of MongoDB's own, and what
 * MongoDB says for one that it does not know either.
 */
export function assertHeeded(name: string, body: Document): void {
  const [command, ...given] = Object.keys(body).filter((field) => isGiven(body[field]));
  const heeded = HEEDED[name] ?? [];
  for (const field of given)
    if (!ANYWHERE.includes(field) && !heeded.includes(field)) throw refusal(`${command}.${field}`);
  for (const [field, known] of Object.entries(STATEMENTS)) {
    const statements: unknown = body[field];
    for (const statement of Array.isArray(statements) ? statements.filter(isObject) : []) {
      const unknown = Object.keys(statement).find((part) => isGiven(statement[part]) && !known.includes(part));
      if (unknown !== undefined) throw refusal(`${command}.${field}.${unknown}`);
    }
  }
  const concern: unknown = body['readConcern'];
  if (isObject(concern) && concern['level'] === 'snapshot') throw refusal('readConcern.level: snapshot', true);
}

/** Drivers also send options that are off. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function refusal(path: string, isKnown = MISSING.includes(path.slice(path.lastIndexOf('.') + 1))): CommandError {
  return isKnown
    ? new CommandError('NotImplemented', `the state store does not support ${path}`)
    : new CommandError('UnknownField', `BSON field '${path}' is an unknown field.`);
}
