import { expect } from 'chai';
import { bundlePartsOf, bundleReferenceText, InvalidBundleReferenceError } from './bundle-reference.js';

const digest = `sha256:${'0'.repeat(64)}`;
const repository = 'reg.example:5000/team/shop';

describe('bundleReferenceText', () => {
  const cases: [string, object, string][] = [
    ['publishes a version under v + version', { version: '1.4.0' }, 'v1.4.0'],
    ['does not add a second v', { version: 'v1.4.0' }, 'v1.4.0'],
    ['keeps a pre-release', { version: '1.4.0-rc.1' }, 'v1.4.0-rc.1'],
    ['writes build metadata with an underscore', { version: '1.4.0+git5' }, 'v1.4.0_git5'],
    ['completes a short version', { version: '1.4' }, 'v1.4.0'],
    ['takes a tag as it is', { tag: 'latest' }, 'latest'],
    ['adds the v to a tag that looks like a version', { tag: '0.3.0' }, 'v0.3.0'],
    ['prefers a version to a tag', { version: '1.4.0', tag: 'latest' }, 'v1.4.0'],
  ];
  for (const [what, parts, tag] of cases) {
    it(what, () => expect(bundleReferenceText({ repository, ...parts })).to.equal(`${repository}:${tag}`));
  }

  it('prefers a digest to everything', () => {
    expect(bundleReferenceText({ repository, version: '1.0.0', digest })).to.equal(`${repository}@${digest}`);
  });

  for (const parts of [
    {},
    { version: 'one' },
    { tag: 'no tag' },
    { digest: 'sha256:1' },
    { repository: '', tag: 'x' },
    { repository: 'A B', tag: 'x' },
  ]) {
    it(`refuses ${JSON.stringify(parts)}`, () => {
      expect(() => bundleReferenceText({ repository, ...parts })).to.throw(InvalidBundleReferenceError);
    });
  }
});

describe('bundlePartsOf', () => {
  const cases: [string, object, string][] = [
    [':v1.4.0', { version: '1.4.0' }, ':v1.4.0'],
    [':1.4.0', { version: '1.4.0' }, ':v1.4.0'],
    [':v1.4.0-rc.1_git5', { version: '1.4.0-rc.1+git5' }, ':v1.4.0-rc.1_git5'],
    [':v1.4', { tag: 'v1.4' }, ':v1.4'],
    [':stable', { tag: 'stable' }, ':stable'],
    ['', { tag: 'latest' }, ':latest'],
    [`:v1.4.0@${digest}`, { digest }, `@${digest}`],
  ];
  for (const [suffix, parts, again] of cases) {
    it(`are ${JSON.stringify(parts)} for …${suffix}`, () => {
      expect(bundlePartsOf(`${repository}${suffix}`)).to.deep.equal({ repository, ...parts });
      expect(bundleReferenceText(bundlePartsOf(`${repository}${suffix}`))).to.equal(`${repository}${again}`);
    });
  }
});
