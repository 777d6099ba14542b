import { expect } from 'chai';
import { canonical, canonicalName, differences } from './canonical.js';
import type { Seen } from './history.js';

const UID = 'bb0c1d1e-1111-4222-8333-444455556666';

function anObject(kind: string, name: string, rest: object = {}): Seen {
  return { kind, metadata: { name, namespace: 'chaos-1-7', uid: UID, resourceVersion: '7' }, ...rest } as Seen;
}

describe('The canonical form of an object', () => {
  it('has no times, uids, record ids, versions and names that follow from them', () => {
    const object = canonical(
      anObject('AgentAction', 'shop-05a9bdb390', {
        status: { runId: '01M8EDPJ4KDMBC7CVD1PVP052X', startedAt: '2026-11-27T11:54:24Z', exitCode: 0 },
        spec: { pod: 'shop-05a9bdb390-13a31ddea2-x7b2k', bundleJob: 'install-dev-shop-1c557' },
      }),
    );
    expect(object).to.deep.equal({
      kind: 'AgentAction',
      metadata: { name: 'shop-<hash>', namespace: '<namespace>' },
      status: { runId: '<ulid>', startedAt: '<time>' },
      spec: { pod: 'shop-<hash>-<hash>-<pod>', bundleJob: 'install-dev-shop-<revision>' },
    });
  });

  it('keeps reasons, generations and everything else', () => {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'AgentFailed', observedGeneration: 2 }];
    expect(canonical(anObject('Installation', 'shop', { status: { conditions } }))).to.deep.include({
      status: { conditions },
    });
  });

  it('hides what a Secret holds, and keeps what it is about', () => {
    const secret = canonical(anObject('Secret', 'files', { data: { b: 'QQ==', a: 'QQ==' } }));
    expect(secret).to.deep.include({ data: ['a', 'b'] });
  });

  it('does not take one namespace for the beginning of another', () => {
    const object = anObject('Installation', 'shop', { spec: { at: 'chaos-1-7/x' } });
    expect(canonical(object)).to.deep.include({ spec: { at: '<namespace>/x' } });
  });

  it('gives the same name to what is the same', () => {
    expect(canonicalName(anObject('Job', 'shop-05a9bdb390-13a31ddea2'))).to.equal('Job shop-<hash>-<hash>');
  });
});

describe('What differs', () => {
  it('is told by its path', () => {
    expect(differences({ a: { b: 1, c: [1, 2] } }, { a: { b: 2, c: [1] } })).to.deep.equal([
      ...['.a.b: 1 ≠ 2', '.a.c.1: 2 ≠ undefined'],
    ]);
    expect(differences({ a: 1 }, { a: 1 })).to.deep.equal([]);
  });
});
