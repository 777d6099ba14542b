import { expect } from 'chai';
import { matchesSelector } from './label-selector.js';

const LABELS = { app: 'shop', tier: 'web', 'getporter.org/managed': 'true' };

describe('matchesSelector', () => {
  for (const selector of [
    '',
    'app=shop',
    'app==shop',
    'app!=store',
    'none!=x',
    'getporter.org/managed=true,tier=web',
    'app',
    '!none',
    'app in (store, shop)',
    'tier notin (db,cache),app=shop',
    'none notin (x)',
  ]) {
    it(`accepts by '${selector}'`, () => {
      expect(matchesSelector(selector, LABELS)).to.equal(true);
    });
  }

  for (const selector of ['app=store', 'app!=shop', 'none', '!app', 'app in (x)', 'none in (x)', 'app=shop,tier=db']) {
    it(`refuses by '${selector}'`, () => {
      expect(matchesSelector(selector, LABELS)).to.equal(false);
    });
  }

  it('takes absent labels for none', () => {
    expect([matchesSelector('a=b', undefined), matchesSelector('!a', undefined)]).to.deep.equal([false, true]);
  });
});
