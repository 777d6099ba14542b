import { expect } from 'chai';
import fc from 'fast-check';
import type { KubernetesJson, Stored } from '../client/index.js';
import { silentLogger } from '../telemetry/index.js';
import type { Change } from './object-cache.js';
import { ObjectCache } from './object-cache.js';

type Kept = Stored<KubernetesJson>;

function anObject(name: string, version: number, more: { uid?: string; labels?: Record<string, string> } = {}): Kept {
  const { uid = `uid-${name}`, labels = {} } = more;
  return { metadata: { namespace: 'ns', name, uid, labels, resourceVersion: `${version}`, creationTimestamp: '' } };
}

const told = (changes: readonly Change[]) =>
  changes.map(({ type, object }) => `${type} ${object.metadata.uid}@${object.metadata.resourceVersion}`);

describe('ObjectCache', () => {
  it('tells additions, changes with what was before, and deletions', () => {
    const cache = new ObjectCache(silentLogger);
    expect(told(cache.upsert(anObject('a', 1)))).to.deep.equal(['added uid-a@1']);
    const [change] = cache.upsert(anObject('a', 2));
    expect(change?.type === 'modified' && change.previous.metadata.resourceVersion).to.equal('1');
    expect(told(cache.remove(anObject('a', 3)))).to.deep.equal(['deleted uid-a@3']);
    expect(cache.get({ namespace: 'ns', name: 'a' })).to.equal(undefined);
  });

  it('is silent about the same version and ignores an older one', () => {
    const cache = new ObjectCache(silentLogger);
    cache.upsert(anObject('a', 10));
    expect(told([...cache.upsert(anObject('a', 10)), ...cache.upsert(anObject('a', 9))])).to.deep.equal([]);
    expect(cache.get({ namespace: 'ns', name: 'a' })?.metadata.resourceVersion).to.equal('10');
  });

  it('tells a new incarnation as a deletion and an addition', () => {
    const cache = new ObjectCache(silentLogger);
    cache.upsert(anObject('a', 1, { uid: 'old' }));
    expect(told(cache.upsert(anObject('a', 5, { uid: 'new' })))).to.deep.equal(['deleted old@1', 'added new@5']);
  });

  it('does not let a late deletion of the old incarnation take the new one away', () => {
    const cache = new ObjectCache(silentLogger);
    cache.upsert(anObject('a', 5, { uid: 'new' }));
    expect(told(cache.remove(anObject('a', 4, { uid: 'old' })))).to.deep.equal([]);
    expect(cache.size).to.equal(1);
  });

  it('finds by a list what was missed: gone, new, changed, recreated', () => {
    const cache = new ObjectCache(silentLogger);
    const before = ['gone', 'same', 'changed', 'again'].map((name) => anObject(name, 1));
    expect(cache.replace(before, true).every((change) => change.type === 'added' && change.initial)).to.equal(true);
    const after = [
      anObject('same', 1),
      anObject('changed', 2),
      anObject('again', 3, { uid: 'two' }),
      anObject('new', 4),
    ];
    expect(told(cache.replace(after, false))).to.deep.equal([
      'deleted uid-gone@1',
      'modified uid-changed@2',
      'deleted uid-again@1',
      'added two@3',
      'added uid-new@4',
    ]);
  });

  it('believes a list even when its versions have gone back', () => {
    const cache = new ObjectCache(silentLogger);
    cache.upsert(anObject('a', 100));
    expect(told(cache.replace([anObject('a', 7)], false))).to.deep.equal(['modified uid-a@7']);
  });

  it('keeps to a namespace when listing', () => {
    const cache = new ObjectCache(silentLogger);
    cache.upsert(anObject('a', 1));
    expect([cache.list('ns').length, cache.list('other').length, cache.list().length]).to.deep.equal([1, 0, 1]);
  });

  it('refuses an index that comes late or takes the name of another', () => {
    const cache = new ObjectCache(silentLogger);
    const byName = (object: Kept) => [object.metadata.name];
    cache.addIndex('name', byName);
    cache.addIndex('name', byName);
    expect(() => cache.addIndex('name', () => [])).to.throw('another index');
    cache.upsert(anObject('a', 1));
    expect(() => cache.addIndex('late', byName)).to.throw('too late');
    expect(() => cache.byIndex('none', 'x')).to.throw('no index');
  });

  it('has indexes that always say what a search through everything would', () => {
    const step = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      uid: fc.constantFrom('1', '2'),
      label: fc.constantFrom('x', 'y', ''),
      kind: fc.constantFrom('upsert', 'remove', 'replace'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const cache = new ObjectCache(silentLogger);
        const values = ({ metadata }: Kept) => (metadata.labels?.['l'] ? [metadata.labels['l']] : []);
        cache.addIndex('label', values);
        steps.forEach(({ name, uid, label, kind }, version) => {
          const object = anObject(name, version + 1, { uid, labels: { l: label } });
          if (kind === 'upsert') cache.upsert(object);
          else if (kind === 'remove') cache.remove(object);
          else cache.replace([object], false);
        });
        for (const value of ['x', 'y']) {
          const searched = cache.list().filter((object) => values(object).includes(value));
          expect(cache.byIndex('label', value)).to.have.members(searched);
        }
      }),
    );
  });

  it('keeps an object that an index function cannot bear, found by nothing there, and says so', () => {
    const failed: object[] = [];
    const log = { ...silentLogger, error: (fields: object) => failed.push(fields) };
    const cache = new ObjectCache(log);
    const labelled = (object: Kept) => [object.metadata.labels!['for']!.toLowerCase()];
    cache.addIndex('for', labelled);
    cache.addIndex('name', ({ metadata }) => [metadata.name]);
    const bad = anObject('bad', 1);
    const good = anObject('good', 1, { labels: { for: 'A' } });
    cache.replace([bad, good], true);
    expect(cache.byIndex('for', 'a')).to.deep.equal([good]);
    expect(cache.byIndex('name', 'bad')).to.deep.equal([bad]);
    expect(failed.map((fields) => ({ ...fields, err: undefined }))).to.deep.equal([
      { err: undefined, index: 'for', namespace: 'ns', name: 'bad' },
    ]);
    const mended = anObject('bad', 2, { labels: { for: 'A' } });
    cache.upsert(mended);
    expect(cache.byIndex('for', 'a')).to.deep.equal([good, mended]);
    cache.upsert(anObject('bad', 3));
    expect(cache.byIndex('for', 'a')).to.deep.equal([good]);
  });
});
