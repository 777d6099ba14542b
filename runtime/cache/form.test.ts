import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import type { KubernetesJson, Stored } from '../client/index.js';
import { keepable, sameForm } from './form.js';
import { SharedStrings } from './shared-strings.js';

function fromServer(annotations?: Record<string, string>): Stored<KubernetesJson> {
  const metadata = { ...aWidget('one').metadata, uid: 'u', resourceVersion: '1', creationTimestamp: '', annotations };
  return { ...aWidget('one'), metadata: { ...metadata, managedFields: [{}] } } as unknown as Stored<KubernetesJson>;
}

/** Several annotations with a text each. */
function annotated(text: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 8 }, (_, number) => [`example.test/${number}`, `${text}: ${number}`]));
}

/** Bytes of what is alive. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('keepable', () => {
  it('drops what nobody reads and keeps the rest', () => {
    const kept = keepable(WIDGETS, fromServer({ mine: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' }));
    expect(kept.metadata).to.not.have.property('managedFields');
    expect(kept.metadata.annotations).to.deep.equal({ mine: 'x' });
  });

  it('adds the kind, which items of lists do not carry', () => {
    expect(keepable(WIDGETS, fromServer())).to.include({ apiVersion: 'example.test/v1', kind: 'Widget' });
  });

  it('freezes to the bottom', () => {
    const kept = keepable(WIDGETS, fromServer({ a: 'b' })) as { spec?: object } & KubernetesJson;
    expect([kept, kept.metadata, kept.metadata.annotations, kept.spec].every(Object.isFrozen)).to.equal(true);
  });

  it('takes objects that are nested deeper than calls can be', () => {
    const object = fromServer() as KubernetesJson & { spec: object };
    for (let depth = 0; depth < 100_000; depth++) object.spec = { deeper: object.spec };
    expect(Object.isFrozen(keepable(WIDGETS, object as Stored<KubernetesJson>))).to.equal(true);
  });

  it('applies the transformation before it freezes', () => {
    const kept = keepable(WIDGETS, fromServer(), ({ metadata }) => ({ metadata }));
    expect(kept).to.not.have.property('spec');
    expect(Object.isFrozen(kept)).to.equal(true);
  });

  it('takes less than two thirds of the memory of what the server sent', () => {
    const text = JSON.stringify(fromServer(annotated('it says the same of each object')));
    const memoryOf = (form: (object: Stored<KubernetesJson>) => unknown) => {
      const before = usedHeap();
      const kept = Array.from({ length: 2_000 }, () => form(JSON.parse(text) as Stored<KubernetesJson>));
      return (usedHeap() - before) / kept.length;
    };
    expect(memoryOf((object) => keepable(WIDGETS, object))).to.be.below(0.66 * memoryOf((object) => object));
  });
});

describe('SharedStrings', () => {
  it('gives what it is given', () => {
    const strings = new SharedStrings();
    const texts = ['', 'short', 'a text that is long enough to be shared', 'x'.repeat(1_000)];
    expect([...texts, ...texts].map((text) => strings.of(text))).to.deep.equal([...texts, ...texts]);
  });

  it('remembers a bounded number of texts, none of them long', () => {
    const strings = new SharedStrings();
    for (let number = 0; number < 10_000; number++) strings.of(`text with number ${number}`);
    expect(strings.size).to.be.within(1, 4_096);
    const before = strings.size;
    strings.of('x'.repeat(1_000));
    expect(strings.size).to.equal(before);
  });
});

describe('sameForm', () => {
  it('takes what is not said for the default', () => {
    expect(sameForm({}, { metadataOnly: false })).to.equal(true);
  });

  it('tells selectors, metadata and transformations apart', () => {
    const keep = (object: KubernetesJson) => object;
    expect([sameForm({ labelSelector: 'a' }, {}), sameForm({ metadataOnly: true }, {})]).to.deep.equal([false, false]);
    expect([sameForm({ transform: keep }, {}), sameForm({ transform: keep }, { transform: keep })]).to.deep.equal([
      false,
      true,
    ]);
  });
});
