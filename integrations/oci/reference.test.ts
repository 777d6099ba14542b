import { expect } from 'chai';
import { formatReference, InvalidReferenceError, parseReference } from './reference.js';

const DIGEST = `sha256:${'a1'.repeat(32)}`;

describe('parseReference', () => {
  const cases: [string, object][] = [
    ['reg.example/shop:v1.4.0', { registry: 'reg.example', repository: 'shop', tag: 'v1.4.0' }],
    ['reg.example:5000/team/shop', { registry: 'reg.example:5000', repository: 'team/shop' }],
    ['localhost/shop', { registry: 'localhost', repository: 'shop' }],
    ['[::1]:5000/shop:v1', { registry: '[::1]:5000', repository: 'shop', tag: 'v1' }],
    ['[fd00::2]/shop', { registry: '[fd00::2]', repository: 'shop' }],
    [`reg.example/shop@${DIGEST}`, { registry: 'reg.example', repository: 'shop', digest: DIGEST }],
    [`reg.example/shop:v1@${DIGEST}`, { registry: 'reg.example', repository: 'shop', tag: 'v1', digest: DIGEST }],
    ['getporter/porter-hello:v0.2.0', { registry: 'docker.io', repository: 'getporter/porter-hello', tag: 'v0.2.0' }],
    ['busybox', { registry: 'docker.io', repository: 'library/busybox' }],
  ];
  for (const [text, reference] of cases) {
    it(`reads ${text}`, () => expect(parseReference(text)).to.deep.equal(reference));
  }

  for (const text of [
    '',
    'reg.example/',
    'reg.example/Shop',
    'reg.example/shop:',
    'reg.example/shop:-x',
    'reg.example/shop@sha256:12',
    `reg.example/shop@${DIGEST}@${DIGEST}`,
    'reg.example/../shop',
    'reg.example/shop?x=1',
    'https://reg.example/shop',
    '[::1/shop',
    'reg.example:port/shop',
    `reg.example/${'a'.repeat(300)}`,
  ]) {
    it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
      expect(() => parseReference(text)).to.throw(InvalidReferenceError);
    });
  }

  it('refuses credentials in a reference without repeating them', () => {
    expect(() => parseReference('user:hunter2@reg.example/shop'))
      .to.throw(InvalidReferenceError, /pull secret/)
      .with.property('message')
      .that.does.not.include('hunter2');
  });

  it('gives back what it formats', () => {
    const text = `reg.example:5000/team/shop:v1@${DIGEST}`;
    expect(formatReference(parseReference(text))).to.equal(text);
  });
});
