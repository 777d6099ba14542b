import { expect } from 'chai';
import type { AdmissionRules, Finding } from '../schema/index.js';
import type { AdmissionRequest, AdmissionResponse, ReviewedObject } from './admission-review.js';
import { defaulted, validated } from './review.js';

interface Sized {
  size?: number;
  colour?: string;
}

const RULES: AdmissionRules = {
  problems: ({ size = 0 }: Sized) =>
    size > 5 ? [{ path: ['spec', 'size'], text: 'is above 5: make it smaller' }] : [],
  warnings: ({ spec = {} }) => {
    const { colour } = spec as Sized;
    return colour === 'grue' ? [{ path: ['spec', 'colour'], text: 'is no colour' }] : [];
  },
  fromMetadata: { name: 'name', namespace: 'namespace' },
};
const KIND = { group: 'example.test', version: 'v1', kind: 'Widget' };

const widget = (spec: object | undefined, metadata: object = {}): ReviewedObject => ({
  metadata: { name: 'w', namespace: 'ns', ...metadata },
  spec,
});

const request = (fields: Partial<AdmissionRequest>): AdmissionRequest => ({
  uid: 'u',
  kind: KIND,
  operation: 'CREATE',
  subResource: '',
  namespace: 'ns',
  name: 'w',
  ...fields,
});

const creation = (object: ReviewedObject) => request({ object });
const update = (oldObject: ReviewedObject, object: ReviewedObject) =>
  request({ operation: 'UPDATE', object, oldObject });

describe('A write that is judged', () => {
  let failures: unknown[];
  const judge = (of: AdmissionRequest, rules = RULES) => validated(of, rules, (error) => failures.push(error));

  beforeEach(() => (failures = []));

  it('is allowed without a word if nothing is found', () => {
    expect(judge(creation(widget({ size: 5 })))).to.deep.equal({ allowed: true });
    expect(judge(creation(widget(undefined)))).to.deep.equal({ allowed: true });
  });

  it('is refused with what to do, as the API server refuses what breaks a schema', () => {
    expect(judge(creation(widget({ size: 6 })))).to.deep.equal({
      allowed: false,
      status: {
        status: 'Failure',
        code: 422,
        reason: 'Invalid',
        message: 'spec.size is above 5: make it smaller',
        details: {
          group: 'example.test',
          kind: 'Widget',
          name: 'w',
          causes: [{ reason: 'FieldValueInvalid', field: 'spec.size', message: 'is above 5: make it smaller' }],
        },
      },
    });
  });

  it('is allowed with a warning', () => {
    expect(judge(creation(widget({ colour: 'grue' })))).to.deep.equal({
      allowed: true,
      warnings: ['spec.colour is no colour'],
    });
  });

  it('gets a few warnings only, none longer than the API server passes on', () => {
    const many: Finding[] = Array.from({ length: 30 }, () => ({ path: ['spec'], text: 'x'.repeat(400) }));
    const { warnings = [] } = judge(creation(widget({})), { warnings: () => many });
    expect(warnings).to.have.length(10);
    expect(Math.max(...warnings.map((text) => text.length))).to.equal(256);
  });

  it('is refused if it makes an object wrong, or changes what is wrong for something wrong', () => {
    expect(judge(update(widget({ size: 1 }), widget({ size: 6 }))).allowed).to.equal(false);
    expect(judge(update(widget({ size: 6 }), widget({ size: 7 }))).allowed).to.equal(false);
  });

  it('is allowed if it does not touch what has been wrong before', () => {
    expect(judge(update(widget({ size: 6 }), widget({ size: 6, colour: 'red' })))).to.deep.equal({ allowed: true });
    expect(judge(update(widget({ size: 6 }), widget({ size: 2 })))).to.deep.equal({ allowed: true });
  });

  it('is allowed if it only touches metadata', () => {
    const before = widget({ size: 6, colour: 'grue' }, { finalizers: ['example.test/f'] });
    expect(judge(update(before, widget({ size: 6, colour: 'grue' })))).to.deep.equal({ allowed: true });
  });

  it('is allowed while the object is being deleted, whatever it changes', () => {
    const going = widget({ size: 9 }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(judge(update(widget({ size: 1 }), going))).to.deep.equal({ allowed: true });
  });

  it('is allowed if it is a deletion, or of a subresource', () => {
    expect(judge(request({ operation: 'DELETE', oldObject: widget({ size: 9 }) }))).to.deep.equal({ allowed: true });
    const scale = { ...creation(widget({ size: 9 })), subResource: 'status' };
    expect(judge(scale)).to.deep.equal({ allowed: true });
  });

  it('is not warned of what is the same as before', () => {
    expect(judge(update(widget({ colour: 'grue' }), widget({ colour: 'grue', size: 2 })))).to.deep.equal({
      allowed: true,
    });
  });

  it('is allowed where a rule fails, and that is told', () => {
    const broken: AdmissionRules = {
      ...RULES,
      warnings: () => {
        throw new TypeError('no such field');
      },
    };
    expect(judge(creation(widget({ size: 1 })), broken)).to.deep.equal({ allowed: true });
    expect(judge(creation(widget({ size: 6 })), broken).allowed).to.equal(false);
    expect(failures.map(String)).to.deep.equal(['TypeError: no such field', 'TypeError: no such field']);
  });

  it('is judged although a rule cannot cope with the object as it was', () => {
    const list = { problems: ({ items }: { items?: string[] }) => items!.map((text) => ({ path: ['spec'], text })) };
    const judged = judge(update(widget({}), widget({ items: ['x'] })), list);
    expect(judged.allowed).to.equal(false);
    expect(failures).to.deep.equal([]);
  });
});

describe('A write that is completed', () => {
  const complete = (of: AdmissionRequest) => patchOf(defaulted(of, RULES));

  it('gets what it left out from its own name and namespace', () => {
    expect(complete(creation(widget({ size: 1 })))).to.deep.equal([
      { op: 'add', path: '/spec/name', value: 'w' },
      { op: 'add', path: '/spec/namespace', value: 'ns' },
    ]);
  });

  it('keeps what it says, also if that is empty', () => {
    expect(complete(creation(widget({ name: 'x', namespace: '' })))).to.deep.equal([]);
  });

  it('gets nothing that is not known yet, such as a name that the API server makes up', () => {
    const unnamed = widget({ namespace: 'x' }, { name: undefined });
    expect(complete(creation(unnamed))).to.deep.equal([]);
  });

  it('gets the namespace of the request where the object does not repeat it', () => {
    const bare = widget({ name: 'x' }, { namespace: undefined });
    expect(complete(creation(bare))).to.deep.equal([{ op: 'add', path: '/spec/namespace', value: 'ns' }]);
  });

  it('gets what was there before if it leaves that out when it changes', () => {
    const before = widget({ name: 'first', namespace: '' });
    expect(complete(update(before, widget({ size: 2 })))).to.deep.equal([
      { op: 'add', path: '/spec/name', value: 'first' },
      { op: 'add', path: '/spec/namespace', value: '' },
    ]);
  });

  it('is complete when it comes a second time', () => {
    expect(complete(creation(widget({ name: 'w', namespace: 'ns' })))).to.deep.equal([]);
  });

  it('is left alone without a spec, with one of another type, or while it is being deleted', () => {
    expect(complete(creation(widget(undefined)))).to.deep.equal([]);
    expect(complete(creation({ ...widget({}), spec: 'text' } as unknown as ReviewedObject))).to.deep.equal([]);
    expect(complete(creation(widget({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })))).to.deep.equal([]);
  });
});

function patchOf({ allowed, patchType, patch }: AdmissionResponse): unknown {
  expect(allowed).to.equal(true);
  if (patch === undefined) return [];
  expect(patchType).to.equal('JSONPatch');
  return JSON.parse(Buffer.from(patch, 'base64').toString());
}
