import { expect } from 'chai';
import { aWidget, WIDGETS } from '../../test/support/widgets.js';
import type { KubernetesJson, Stored } from '../client/index.js';
import { keepable, sameForm } from './form.js';

function fromServer(annotations?: Record<string, string>): Stored<KubernetesJson> {
  const metadata = { ...aWidget('one').metadata, uid: 'u', resourceVersion: '1', creationTimestamp: '', annotations };
  return { ...aWidget('one'), metadata: { ...metadata, managedFields: [{}] } } as unknown as Stored<KubernetesJson>;
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

  it('applies the transformation before it freezes', () => {
    const kept = keepable(WIDGETS, fromServer(), ({ metadata }) => ({ metadata }));
    expect(kept).to.not.have.property('spec');
    expect(Object.isFrozen(kept)).to.equal(true);
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
