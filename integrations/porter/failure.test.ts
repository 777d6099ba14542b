import { expect } from 'chai';
import { explainFailure } from './failure.js';

/** What Porter 1.6.1 printed in real agent Pods, and what should be made of it. */
const transcripts: [string, string, boolean, RegExp][] = [
  ['unable to pull bundle: HOST/hello:v9.9.9: not found', 'BundleNotFound', false, /v9\.9\.9/],
  [
    'unable to pull bundle: failed to resolve bundle manifest "x": failed to do request: Head "https://h/v2": dial tcp 10.0.0.1:5000: connect: connection refused',
    'RegistryUnavailable',
    true,
    /connection refused/,
  ],
  [
    'unable to pull bundle: h/hello: unauthorized (UNAUTHORIZED: authentication required)',
    'RegistryUnauthorized',
    false,
    /unauthorized/,
  ],
  [
    'unable to pull bundle: Get "https://h/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'RegistryUntrusted',
    false,
    /certificate/,
  ],
  [
    'invalid installation: the schema version is 1.0.0 but the supported schema version is 1.0.2. See https://porter.sh/reference/file-formats/#supported-versions for more details: invalid schema version',
    'UnsupportedSchemaVersion',
    false,
    /1\.0\.0.*1\.0\.2/,
  ],
  [
    'could not find credential set named nosuch in the dev namespace or global namespace: nosuch not found',
    'CredentialSetNotFound',
    false,
    /nosuch.*"dev"/,
  ],
  [
    'could not list installations: could not read storage schema document: rpc error: code = DeadlineExceeded desc = server selection error: context deadline exceeded, current topology: { Type: Unknown }',
    'StateStoreUnavailable',
    true,
    /server selection/,
  ],
  [
    'unable to remove destination path: remove /porter/state.tgz: device or resource busy',
    'BundleRuntimeIncompatible',
    false,
    /\/porter\/state\.tgz.*BuiltIn/,
  ],
  ['Error: parameter nmae not defined in bundle hello 0.3.0; it has: name', 'UnknownParameter', false, /nmae/],
  [
    'Error: missing required credential "token": no credential set of this installation has it',
    'MissingCredential',
    false,
    /token/,
  ],
  ['Error: parameter "count" is required', 'MissingParameter', false, /count/],
  [
    'Error: bundle Pod install-a-x cannot start: ImagePullBackOff: Back-off pulling image',
    'BundlePodNotStarted',
    true,
    /ImagePullBackOff/,
  ],
  ['Error: bundle Job install-a ran longer than its deadline of 5 s', 'DeadlineExceeded', false, /5 s/],
  ['Error: bundle Job install-a left no result', 'RunResultMissing', false, /install-a/],
  ['Error: the built-in agent does not support "plugins install"', 'NotSupportedByAgent', false, /plugins install/],
];

describe('explainFailure', () => {
  for (const [log, reason, retryable, message] of transcripts) {
    it(`explains ${reason}: ${log.slice(0, 70)}`, () => {
      const explained = explainFailure(`porter v1.6.1\nporter installation apply installation.yaml\n${log}\n`);
      expect([explained.reason, explained.retryable]).to.deep.equal([reason, retryable]);
      expect(explained.message).to.match(message);
    });
  }

  it('finds the bundle’s own error above what follows from it', () => {
    const log = `executing install action from hello (installation: dev/e-fail)
Install
told to fail
Error: error running command /cnab/app ./helper.sh install e-fail true 0: exit status 17
1 error occurred:
\t* mixin execution failed: package command failed /cnab/app/cnab/app/mixins/exec/runtimes/exec-runtime install
2 errors occurred:
\t* job install-dev-e-fail-2jnkp failed: Job has reached the specified backoff limit
\t* required output greeting is missing and has no default`;
    expect(explainFailure(log)).to.deep.equal({
      reason: 'BundleFailed',
      message: 'error running command /cnab/app ./helper.sh install e-fail true 0: exit status 17',
      retryable: false,
    });
  });

  it('names the output that a bundle which ended well did not give', () => {
    const log = 'Hi from upgrade 0.1.0\nError: required output message is missing and has no default';
    expect(explainFailure(log)).to.deep.equal({
      reason: 'BundleFailed',
      message: 'required output message is missing and has no default',
      retryable: false,
    });
  });

  it('ignores colours', () => {
    expect(explainFailure('\u001b[31munable to pull bundle: h/x: not found\u001b[0m').reason).to.equal(
      'BundleNotFound',
    );
  });

  it('falls back to the last line, and to a sentence when there is none', () => {
    expect(explainFailure('one\ntwo\n')).to.deep.equal({ reason: 'AgentFailed', message: 'two', retryable: false });
    expect(explainFailure('').message).to.equal('the agent failed and wrote no log');
  });

  it('keeps messages short', () => {
    expect(explainFailure(`unable to pull bundle: ${'x'.repeat(5000)}`).message).to.have.length(1000);
  });
});
