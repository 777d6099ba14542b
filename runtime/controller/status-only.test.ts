import { expect } from 'chai';
import type { KubernetesJson, ObjectMeta, Stored } from '../client/index.js';
import { isStatusOnly } from './status-only.js';

const BEFORE: ObjectMeta = { name: 'a', generation: 3, labels: { a: 'b' }, finalizers: ['f'] };

function changed(after: Partial<ObjectMeta>, before: Partial<ObjectMeta> = {}): boolean {
  const object = (metadata: ObjectMeta) => ({ metadata }) as Stored<KubernetesJson>;
  return isStatusOnly({
    type: 'modified',
    previous: object({ ...BEFORE, resourceVersion: '1', ...before }),
    object: object({ ...BEFORE, resourceVersion: '2', ...before, ...after }),
  });
}

describe('isStatusOnly', () => {
  it('is true when only the version differs', () => {
    expect(changed({})).to.equal(true);
  });

  for (const [what, after] of Object.entries<Partial<ObjectMeta>>({
    'the spec': { generation: 4 },
    'a label': { labels: { a: 'c' } },
    'an annotation': { annotations: { 'getporter.org/retry': '1' } },
    'a finalizer': { finalizers: [] },
    'the deletion mark': { deletionTimestamp: '2026-01-01T00:00:00Z' },
    'an owner': { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'y' }] },
  })) {
    it(`is false when ${what} differs`, () => {
      expect(changed(after)).to.equal(false);
    });
  }

  it('is false for kinds that count no generations', () => {
    expect(changed({}, { generation: undefined })).to.equal(false);
  });
});
