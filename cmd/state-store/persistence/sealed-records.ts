import { createHash, randomBytes } from 'node:crypto';
import { LABEL_CONTENT, LABEL_PORTER_NAMESPACE, LABEL_TENANT } from '../../../api/state/v1alpha1/well-known.js';
import type { StateRecord } from '../../../api/state/v1alpha1/state-record.js';
import type { EncryptionKey } from './envelope.js';
import { open, seal } from './envelope.js';
import type { StateDocuments } from './records.js';
import { DamagedRecordError, RecordTooLargeError } from './records.js';

/** The form of the data that this program writes, and the only one that it reads. */
const SCHEMA_VERSION = 2;
/** Base64 characters in one object; etcd takes 1.5 MiB, and a list should not be much larger than what it is about. */
export const MAX_DATA_CHARACTERS = 900_000;
const MAX_PARTS = 64;

/** A record as Kubernetes objects: the head, and parts for what does not fit into it. */
export interface SealedRecord {
  readonly head: StateRecord;
  readonly parts: readonly StateRecord[];
}

/** Makes the objects of a record; they name a new write. */
export function sealRecord(record: StateDocuments, namespace: string, key: EncryptionKey): SealedRecord {
  const writeId = randomBytes(8).toString('hex');
  const data = seal(record, key, contextOf(record, writeId)).toString('base64');
  const pieces = data.length > MAX_DATA_CHARACTERS ? split(data) : [];
  const common = { tenant: record.tenant, schemaVersion: SCHEMA_VERSION, keyId: key.id, writeId };
  const object = (
    name: string,
    content: StateRecord['spec']['content'],
    body: string | undefined,
    parts: number,
  ): StateRecord => ({
    metadata: { name, namespace, labels: { ...labelsOf(record), [LABEL_CONTENT]: content } },
    spec: { ...common, content, parts, data: body },
  });
  return {
    head: object(record.name, record.content, pieces.length > 0 ? undefined : data, pieces.length),
    parts: pieces.map((piece, index) => object(partName(record.name, writeId, index), 'Part', piece, 0)),
  };
}

/** The names of the parts of a record, in order. */
export function partNames(head: StateRecord): string[] {
  const { parts, writeId } = head.spec;
  return Array.from({ length: parts }, (_, index) => partName(head.metadata.name, writeId, index));
}

/** What a record holds; throws {@link DamagedRecordError}, also when `parts` are not all there. */
export function openRecord(
  head: StateRecord,
  parts: readonly (StateRecord | undefined)[],
  key: EncryptionKey,
): StateDocuments {
  const { spec, metadata } = head;
  if (spec.schemaVersion !== SCHEMA_VERSION) {
    throw new DamagedRecordError(`its form is version ${spec.schemaVersion}, this program knows ${SCHEMA_VERSION}`);
  }
  if (spec.keyId !== key.id) throw new DamagedRecordError(`it is encrypted with key ${spec.keyId}, which is not here`);
  const pieces = parts.map((part) => {
    if (part === undefined) throw new DamagedRecordError('a part of it is missing');
    return part.spec.data ?? '';
  });
  const data = Buffer.from(pieces.length > 0 ? pieces.join('') : (spec.data ?? ''), 'base64');
  const context = contextOf({ name: metadata.name, tenant: spec.tenant }, spec.writeId);
  return { name: metadata.name, tenant: spec.tenant, content: spec.content, ...open(data, key, context) };
}

/** A record can be opened under its own name, for its own tenant and as this write only. */
function contextOf({ name, tenant }: { name: string; tenant: string }, writeId: string): string {
  return `${tenant}/${name}/${writeId}`;
}

const partName = (name: string, writeId: string, index: number): string => `${name}-${writeId}-${index}`;

function split(data: string): string[] {
  const count = Math.ceil(data.length / MAX_DATA_CHARACTERS);
  if (count > MAX_PARTS) throw new RecordTooLargeError('the documents of one run are more than 40 MiB when compressed');
  return Array.from({ length: count }, (_, index) =>
    data.slice(index * MAX_DATA_CHARACTERS, (index + 1) * MAX_DATA_CHARACTERS),
  );
}

function labelsOf({ tenant, porterNamespace }: StateDocuments): Record<string, string> {
  if (porterNamespace === undefined) return { [LABEL_TENANT]: tenant };
  const hash = createHash('sha256').update(porterNamespace).digest('hex').slice(0, 16);
  return { [LABEL_TENANT]: tenant, [LABEL_PORTER_NAMESPACE]: hash };
}
