import { expect } from 'chai';
import type { Bundle } from '../../../integrations/porter/index.js';
import type { OutputRecord } from '../../../integrations/porter/state/index.js';
import { LOGS_OUTPUT } from '../../../integrations/porter/state/index.js';
import { lostOutputs, outputStatus, outputsOf } from './outputs.js';

const record = (name: string, value: string | Buffer | null, key = ''): OutputRecord => ({
  ...{ schemaVersion: '1.0.2', namespace: 'prod', installation: 'shop', runId: '01R', resultId: '01S' },
  ...{ name, key, value: value === null ? null : Buffer.from(value).toString('base64') },
});
const bundle = {
  outputs: { greeting: { definition: 'g' }, token: { definition: 't' }, size: { definition: 's' } },
  definitions: { g: { type: 'string' }, t: { type: 'string', writeOnly: true }, s: { type: 'integer' } },
} as unknown as Bundle;

describe('outputsOf', () => {
  it('shows a value as text, with the type that the bundle gives it', () => {
    expect(outputsOf({ outputs: [record('size', '3')], bundle })).to.deep.equal([
      { name: 'size', type: 'integer', sensitive: false, value: '3' },
    ]);
  });

  it('points to the kept Secret for a sensitive one', () => {
    const [token] = outputsOf({ outputs: [record('token', null, '01R-token')], bundle, valuesSecret: 'values-shop' });
    expect(token).to.deep.equal({
      ...{ name: 'token', type: 'string', sensitive: true, value: '' },
      valueFrom: { secretKeyRef: { name: 'values-shop', key: '01R-token' } },
    });
  });

  it('points to the Secret that the Kubernetes plugin makes, where that keeps the values', () => {
    const [token] = outputsOf({ outputs: [record('token', null, '01R-token')], bundle });
    expect(token?.valueFrom?.secretKeyRef).to.deep.equal({ name: '01r-token', key: 'value' });
  });

  it('never shows a value that the bundle calls sensitive, even where the record has it', () => {
    const [token] = outputsOf({ outputs: [record('token', 's3cret')], bundle });
    expect(token).to.deep.equal({ name: 'token', type: 'string', sensitive: true, value: '' });
  });

  it('leaves out the log, and what the bundle does not define any more', () => {
    expect(outputsOf({ outputs: [record(LOGS_OUTPUT, 'log'), record('gone', 'x')], bundle })).to.deep.equal([]);
  });

  it('leaves bytes that are no text in base64, and only tells the size of what is too long', () => {
    const [binary] = outputsOf({ outputs: [record('greeting', Buffer.from([0xff, 0xfe]))], bundle });
    expect(binary?.value).to.equal('//4=');
    const [long] = outputsOf({ outputs: [record('greeting', 'x'.repeat(100_000))], bundle });
    expect(long?.value).to.include('100000 bytes').and.to.have.length.below(200);
  });
});

describe('Outputs that are too much for one object', () => {
  const many = (count: number, value: string) =>
    outputsOf({ outputs: Array.from({ length: count }, (_, i) => record(`o-${i}`, value)) });
  const isShown = ({ value }: { value: string }) => !value.includes('too long to be shown');

  it('are shown as far as there is room, and the others are told', () => {
    const outputs = many(500, 'x'.repeat(64 * 1024));
    expect(outputs).to.have.length(500);
    expect(outputs.filter(isShown)).to.have.length(7);
    expect(Buffer.byteLength(JSON.stringify(outputs))).to.be.below(700 * 1024);
  });

  it('leave room for smaller ones that come later', () => {
    const values = [...Array<string>(9).fill('x'.repeat(64 * 1024)), 'small'];
    const outputs = outputsOf({ outputs: values.map((value, i) => record(`o-${i}`, value)) });
    expect(outputs.at(-1)?.value).to.equal('small');
    expect(outputs.at(-2)).not.to.satisfy(isShown);
  });

  it('count as they are written, which may be longer than they are', () => {
    expect(many(4, '\u0001'.repeat(60_000)).filter(isShown)).to.have.length(1);
  });
});

describe('lostOutputs', () => {
  const [token] = outputsOf({ outputs: [record('token', null, '01R-token')], bundle, valuesSecret: 'values-shop' });
  const open = outputsOf({ outputs: [record('greeting', 'hi')], bundle });
  const secretWith = (data: Record<string, string>) => new Map([['values-shop', { metadata: { name: '' }, data }]]);

  it('are those whose key is not in the Secret that they name', () => {
    expect(lostOutputs([...open, token!], secretWith({ '01R-token': 'eA==' }))).to.deep.equal([]);
    expect(lostOutputs([...open, token!], secretWith({ '01Q-token': 'eA==' }))).to.deep.equal([token]);
    expect(lostOutputs([...open, token!], new Map())).to.deep.equal([token]);
  });

  it('make the status say which, where they should be, and what gives them back', () => {
    const status = outputStatus([...open, token!], [token!], { now: 0, generation: 1, previous: undefined });
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).to.include({ status: 'False', reason: 'SecretNotFound' });
    expect(ready?.message).to.match(/output token \(key 01R-token of Secret values-shop\): .*next run/);
    expect(status.outputNames).to.equal('greeting,token');
    const many = outputStatus([token!], Array(500).fill(token!), { now: 0, generation: 1, previous: undefined });
    expect(many.conditions?.find(({ type }) => type === 'Ready')?.message)
      .to.include('and 495 more')
      .and.have.length.below(1000);
  });
});

describe('outputStatus', () => {
  it('lists the names, and keeps times while nothing changes', () => {
    const outputs = outputsOf({ outputs: [record('greeting', 'hi'), record('size', '3')], bundle });
    const first = outputStatus(outputs, [], { now: 0, generation: 1, previous: undefined });
    expect(first.outputNames).to.equal('greeting,size');
    const again = outputStatus(outputs, [], { now: 60_000, generation: 1, previous: first.conditions });
    expect(again).to.deep.equal(first);
  });
});
