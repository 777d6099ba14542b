import { expect } from 'chai';
import type { StructuralSchema } from '../../runtime/schema/index.js';
import { embeddedType } from './embedded-types.js';

const at = (schema: StructuralSchema, ...path: string[]): StructuralSchema | undefined =>
  path.reduce<StructuralSchema | undefined>(
    (below, field) => (field === '[]' ? below?.items : below?.properties?.[field]),
    schema,
  );

describe('A type of the built-in API', () => {
  const env = embeddedType('EnvVar');
  const volume = embeddedType('Volume');

  it('has its fields with type and meaning', () => {
    expect(env.properties?.['value']).to.include({ type: 'string' });
    expect(env.properties?.['value']?.description).to.contain('"$$(VAR_NAME)"');
  });

  it('requires what the API requires', () => {
    expect(env.required).to.deep.equal(['name']);
    expect(embeddedType('VolumeMount').required).to.deep.equal(['mountPath', 'name']);
  });

  it('contains the types within it', () => {
    expect(at(env, 'valueFrom', 'secretKeyRef', 'key')).to.include({ type: 'string' });
    expect(at(volume, 'projected', 'sources', '[]', 'serviceAccountToken', 'expirationSeconds')).to.include({
      type: 'integer',
      format: 'int64',
    });
  });

  it('keeps the fields that a rule refuses, so that the rule can speak', () => {
    expect(at(volume, 'hostPath', 'path')).to.include({ type: 'string' });
  });

  it('takes quantities as numbers and as texts', () => {
    const limits = embeddedType('ResourceRequirements').properties?.['limits']?.additionalProperties;
    expect(limits).to.include({ 'x-kubernetes-int-or-string': true });
    expect(at(volume, 'emptyDir', 'sizeLimit')).to.include({ 'x-kubernetes-int-or-string': true });
  });

  it('knows which objects are replaced as a whole', () => {
    expect(at(env, 'valueFrom', 'configMapKeyRef')).to.include({ 'x-kubernetes-map-type': 'atomic' });
  });

  it('limits a template’s metadata to what counts there', () => {
    const metadata = at(volume, 'ephemeral', 'volumeClaimTemplate', 'metadata');
    expect(Object.keys(metadata?.properties ?? {})).to.deep.equal(['annotations', 'labels']);
  });

  it('is refused if client-node does not know it', () => {
    expect(() => embeddedType('Nonsense')).to.throw('V1Nonsense');
  });
});
