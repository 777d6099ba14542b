import type { Document } from 'bson';
import type { ErrorCodeName } from '../wire/command-error.js';
import { CommandError } from '../wire/command-error.js';
import { MAX_WRITE_BATCH } from '../wire/greeting.js';
import { collectionOf, isObject, objectsAt, plainArguments } from './arguments.js';
import type { Call } from './call.js';
import type { Replacement } from './write-documents.js';
import { partOf } from './retryable-write.js';
import { insertDocument, removeDocuments, replaceDocument } from './write-documents.js';

/** What concerns the whole server or session is the answer to the whole command. */
const OF_ALL: readonly ErrorCodeName[] = ['HostUnreachable', 'TransactionTooOld'];

/** `insert`: new documents, each in the form that `kept` gives it. */
export async function insert(call: Call, kept = (document: Document): Document => document): Promise<Document> {
  const collection = call.tenant.collection(collectionOf(call.body));
  let n = 0;
  const errors = await eachStatement(call.body, 'documents', async (document, index) => {
    const part = partOf(call.retry, index);
    await call.tenant.once(part, () => insertDocument(call.tenant, collection, kept(document), part));
    n += 1;
  });
  return { n, ...errors };
}

/** `update`: whole documents in place of others, also where there was none. */
export async function update(call: Call): Promise<Document> {
  const collection = call.tenant.collection(collectionOf(call.body));
  const total = { n: 0, nModified: 0 };
  const upserted: Document[] = [];
  const errors = await eachStatement(call.body, 'updates', async (statement, index) => {
    const [replacement, part] = [replacementOf(statement), partOf(call.retry, index)];
    const replace = () => replaceDocument(call.tenant, collection, replacement, part);
    const { matched, modified, id } = await call.tenant.once(part, replace);
    total.n += matched;
    total.nModified += modified;
    if (id !== undefined) upserted.push({ index, _id: id });
  });
  return { ...total, ...(upserted.length > 0 ? { upserted } : {}), ...errors };
}

/** `delete`: the first document that matches (limit 1), or all (limit 0). */
export async function remove(call: Call): Promise<Document> {
  const collection = call.tenant.collection(collectionOf(call.body));
  let n = 0;
  const errors = await eachStatement(call.body, 'deletes', async (statement, index) => {
    const { q: filter, limit } = plainArguments({ q: statement['q'] as unknown, limit: statement['limit'] as unknown });
    if (!isObject(filter)) throw new CommandError('TypeMismatch', 'q must be an object');
    const [selection, part] = [{ filter, limit: Number(limit) === 1 ? 1 : 0 }, partOf(call.retry, index)];
    const { matched } = await call.tenant.once(part, () => removeDocuments(call.tenant, collection, selection, part));
    n += matched;
  });
  return { n, ...errors };
}

/** Carries out the parts of a write command; the first one that is refused ends it, unless it is unordered. */
async function eachStatement(
  body: Document,
  field: string,
  run: (statement: Document, index: number) => Promise<void>,
): Promise<{ writeErrors?: Document[] }> {
  const statements = objectsAt(body, field);
  if (statements.length === 0 || statements.length > MAX_WRITE_BATCH) {
    throw new CommandError('BadValue', `a write has between 1 and ${MAX_WRITE_BATCH} parts`);
  }
  const writeErrors: Document[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      await run(statement, index);
    } catch (error) {
      if (!(error instanceof CommandError) || OF_ALL.includes(error.codeName)) throw error;
      writeErrors.push({ index, code: error.code, ...error.details, errmsg: error.message });
      if (body['ordered'] !== false) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}

function replacementOf(statement: Document): Replacement {
  const { q: filter } = plainArguments({ q: statement['q'] as unknown });
  const document: unknown = statement['u'];
  if (!isObject(filter)) throw new CommandError('TypeMismatch', 'q must be an object');
  if (!isObject(document) || Object.keys(document).some((field) => field.startsWith('$'))) {
    throw new CommandError('FailedToParse', 'only whole documents can be written, no update operators');
  }
  if (statement['multi'] === true) throw new CommandError('FailedToParse', 'multi update is not supported');
  return { filter, document, upsert: statement['upsert'] === true };
}
