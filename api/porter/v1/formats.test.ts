import { expect } from 'chai';
import {
  DIGEST,
  OBJECT_NAME,
  PORTER_NAME,
  PORTER_NAMESPACE,
  QUANTITY,
  REPOSITORY,
  SECRET_HINT,
  TAG,
  VERSION,
} from './formats.js';

const HEX = '0123456789abcdef'.repeat(4);

const FORMATS: readonly (readonly [name: string, RegExp, good: readonly string[], bad: readonly string[]])[] = [
  ['Porter name', PORTER_NAME, ['a', 'A-b_c.9', '_x', '7', 'constructor'], ['', '-a', '.a', 'a b', 'a/b', 'a\n', 'ä']],
  ['Porter namespace', PORTER_NAMESPACE, ['', 'dev', 'a.b'], ['-a', '/', 'a/b', ' ']],
  [
    'repository',
    REPOSITORY,
    [
      'hello',
      'getporter/hello-llama',
      'ghcr.io/getporter/examples/porter-hello',
      'localhost:5000/a',
      '10.88.0.1:5000/porterops/hello',
      '[::1]:5000/a/b',
      'Registry.Test/a__b/c--d/e.f',
    ],
    ['', '/a', 'a/', 'a//b', 'a/B', 'a:v1', `a@sha256:${HEX}`, 'https://a/b', 'u:p@a/b', 'a/../b', 'a b', 'a/-b'],
  ],
  ['digest', DIGEST, ['', `sha256:${HEX}`], ['sha256:', `sha512:${HEX}`, `sha256:${HEX.toUpperCase()}`, HEX]],
  ['tag', TAG, ['', 'v1.2.3', 'latest', '_a-b.c', 'a'.repeat(128)], ['.a', '-a', 'a/b', 'a:b', 'a'.repeat(129)]],
  ['version', VERSION, ['', '1', 'v1.2', '1.2.3', 'v1.2.3-rc.1+build.5'], ['latest', '1.', '1.2.3.4', 'v', '1.2.3 ']],
  ['object name', OBJECT_NAME, ['', 'a', 'a-b.c', '9'], ['A', '-a', 'a-', 'a/b', 'a_b']],
  ['quantity', QUANTITY, ['64Mi', '1Gi', '0', '1.5G', '.5', '1e3'], ['', '-1Mi', '5 minutes', '1e9Gi', 'Mi', '64mi']],
  ['secret hint', SECRET_HINT, ['a', 'Aws_Key', 'a/b', 'a..b'], ['', '/a', 'a/', 'a//b', 'a\\b', 'a\nb', 'a\u0000']],
];

for (const [name, format, good, bad] of FORMATS) {
  describe(`The format of a ${name}`, () => {
    for (const text of good) it(`takes ${JSON.stringify(text)}`, () => expect(format.test(text)).to.equal(true));
    for (const text of bad) it(`refuses ${JSON.stringify(text)}`, () => expect(format.test(text)).to.equal(false));
  });
}
