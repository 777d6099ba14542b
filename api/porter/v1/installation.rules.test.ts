import { expect } from 'chai';
import { problemText, sentenceOf } from '../../../runtime/schema/index.js';
import { anInstallation } from '../../../test/support/builders.js';
import { installationProblems, installationWarnings } from './installation.rules.js';

function parametersProblem(parameters?: Record<string, unknown>): string | undefined {
  return problemText(installationProblems({ ...anInstallation().build().spec, parameters }));
}

/** A value within so many lists. */
const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], 'value');

describe('Parameters of an Installation', () => {
  it('may be absent, empty or of any type', () => {
    expect(parametersProblem(undefined)).to.equal(undefined);
    expect(parametersProblem({})).to.equal(undefined);
    expect(parametersProblem({ a: 1.5, b: null, c: { d: [true, 'x'] }, constructor: 'y' })).to.equal(undefined);
  });

  it('keep the digits of every number up to 2^53', () => {
    expect(parametersProblem({ large: Number.MAX_SAFE_INTEGER, small: -Number.MAX_SAFE_INTEGER })).to.equal(undefined);
  });

  for (const digits of ['9007199254740993', '-9007199254740993', '18446744073709551615']) {
    it(`are refused if ${digits} would be rounded, with the field and the way out`, () => {
      const parameters = JSON.parse(`{"id":{"deep":[${digits}]}}`) as Record<string, unknown>;
      expect(parametersProblem(parameters)).to.match(/^spec\.parameters\.id .*write it in quotes$/);
    });
  }

  it('may be nested, but not without end', () => {
    expect(parametersProblem({ tree: nested(60) })).to.equal(undefined);
    expect(parametersProblem({ tree: nested(5_000) })).to.match(/^spec\.parameters\.tree is nested deeper than 64/);
  });

  it('are refused if they would not fit beside the rest', () => {
    expect(parametersProblem({ text: 'x'.repeat(256 * 1024) })).to.match(/^spec\.parameters is \d+ bytes/);
  });

  it('are named without characters that change how text is shown', () => {
    const problem = parametersProblem({ ['a\u202e\n'.repeat(100)]: nested(100) });
    expect(problem).to.match(/^spec\.parameters\.[\x20-\x7e]{1,64} is nested/);
  });

  it('are all named that are wrong, up to ten', () => {
    const wrong = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`p${index}`, nested(100)]));
    expect(installationProblems({ ...anInstallation().build().spec, parameters: wrong })).to.have.length(10);
  });
});

describe('Whoever writes an Installation', () => {
  const warned = (installation: ReturnType<typeof anInstallation>) =>
    installationWarnings(installation.build()).map(sentenceOf);
  const DIGEST = `sha256:${'a'.repeat(64)}`;

  it('is told nothing if all is well', () => {
    expect(warned(anInstallation().withDeletionPolicy('Orphan').withLabel('app.kubernetes.io/name', 'x'))).to.be.empty;
    expect(warned(anInstallation().with({ bundle: { repository: 'r', version: '1.0.0', tag: '', digest: '' } }))).to.be
      .empty;
  });

  it('is told which of several names of a bundle decides', () => {
    const bundle = { repository: 'r', version: '1.0.0', tag: 'latest', digest: DIGEST };
    expect(warned(anInstallation().with({ bundle }))).to.deep.equal([
      'spec.bundle has a digest, which decides: version and tag will be ignored',
    ]);
  });

  it('is told of a deletion policy that decides nothing', () => {
    expect(warned(anInstallation().withDeletionPolicy('orphn\u202e'))).to.deep.equal([
      'metadata.annotations.getporter.org/deletion-policy is "orphn?": nothing is destroyed until it is delete or orphan',
    ]);
  });

  it('is told of labels that are the operator’s own', () => {
    expect(warned(anInstallation().withLabel('getporter.org/managed', 'true'))).to.deep.equal([
      'metadata.labels.getporter.org/managed is for what the operator itself creates and has no effect here',
    ]);
  });
});
