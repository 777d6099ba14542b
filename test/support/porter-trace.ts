import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Document } from 'bson';
import { EJSON } from 'bson';

const FILE = 'test/support/data/porter-1.6.1-mongo-trace.jsonl.gz';

/** A request that Porter made, and the answer that an independent server gave it. */
export interface RecordedExchange {
  readonly id: number;
  /** 2004: OP_QUERY, 2013: OP_MSG. */
  readonly opCode: number;
  /** Values have BSON's types; document sequences are under `%name`. */
  readonly request: Document;
  readonly reply: Document;
}

interface Line {
  conn: Numeric;
  dir: '>' | '<';
  id: Numeric;
  re: Numeric;
  op: Numeric;
  body: Document;
}

/** A number, or BSON's type of one. */
type Numeric = number | { valueOf(): number };

/**
 * Everything that Porter 1.6.1 asked in a recorded session, in the order in which it was answered: some Porters ran at
 * the same time.
 */
export function recordedExchanges(): RecordedExchange[] {
  const lines = gunzipSync(readFileSync(FILE)).toString('utf8').trim().split('\n');
  const messages = lines.map((line) => EJSON.parse(line, { relaxed: false }) as Line);
  const asked = new Map<string, Line>();
  return messages.flatMap((line) => {
    if (line.dir === '>') asked.set(`${Number(line.conn)}/${Number(line.id)}`, line);
    const question = line.dir === '<' ? asked.get(`${Number(line.conn)}/${Number(line.re)}`) : undefined;
    if (question === undefined) return [];
    return [{ id: Number(question.id), opCode: Number(question.op), request: question.body, reply: line.body }];
  });
}
