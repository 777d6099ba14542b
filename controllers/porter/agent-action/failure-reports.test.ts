import { expect } from 'chai';
import type { Verdict } from '../../../api/porter/v1/agent-action.js';
import type { Client } from '../../../runtime/client/index.js';
import { ApiError } from '../../../runtime/client/index.js';
import type { SecretValues } from '../../agent-run/launch/secret-values.js';
import type { PorterStates } from '../../agent-run/state/porter-states.js';
import type { FailedRun } from './failure-reports.js';
import { FailureReports } from './failure-reports.js';

const VERDICT: Verdict = { source: 'StateStore', result: 'Failed', reason: 'RunFailed', message: 'install failed.' };
const BUNDLE = JSON.stringify({
  ...{
    schemaVersion: '1.0.0',
    name: 'hello',
    version: '1.0.0',
    invocationImages: [{ image: 'i', imageType: 'docker' }],
  },
  definitions: { password: { type: 'string', writeOnly: true }, name: { type: 'string' } },
  parameters: {
    password: { definition: 'password', destination: { env: 'P' } },
    name: { definition: 'name', destination: { env: 'N' } },
  },
});
const DOCUMENT = [
  ...['schemaVersion: 1.0.2', 'name: web', 'namespace: dev', 'bundle: {repository: r, version: 1.0.0}'],
  'parameters: {name: harmless, password: sesame-open}',
].join('\n');

/** Reports in a world whose only Pod wrote this log; without one it has gone. */
function reports(log?: string): FailureReports {
  const gone = new ApiError('not found', { code: 404, reason: 'NotFound' });
  const client = { logs: () => (log === undefined ? Promise.reject(gone) : Promise.resolve(log)) } as unknown as Client;
  const secrets = { of: () => Promise.resolve(['hunter22']) } as unknown as SecretValues;
  const states = {
    ask: (_: string, question: (state: object) => unknown) =>
      question({ run: () => Promise.resolve({ bundle: BUNDLE }) }),
  } as unknown as PorterStates;
  return new FailureReports(client, secrets, states);
}

function aRun(more: Partial<FailedRun> = {}): FailedRun {
  const files = { 'installation.yaml': Buffer.from(DOCUMENT).toString('base64') };
  const spec = { args: ['installation', 'apply', 'installation.yaml'], files };
  const exit = { succeeded: false, code: 1, pod: 'pod', container: 'porter-agent' };
  return { namespace: 'shop', spec, exit, runId: 'R1', ...more };
}

describe('FailureReports', () => {
  const message = async (log: string, more: Partial<FailedRun> = {}) =>
    (await reports(log).explain(VERDICT, aRun(more))).message;

  it('tells what the log says', async () => {
    expect(await message('Install\nError: the disk is full\n')).to.equal('the disk is full');
  });

  it('takes out values of Secrets', async () => {
    expect(await message('Error: hunter22 is wrong')).not.to.contain('hunter22');
  });

  it('takes out inline parameters that the bundle calls sensitive, and no others', async () => {
    const said = await message('Error: sesame-open and harmless');
    expect(said).to.contain('harmless').and.not.to.contain('sesame-open');
  });

  it('takes out all inline texts while the bundle is unknown', async () => {
    const said = await message('Error: sesame-open and harmless', { runId: undefined });
    expect(said).not.to.match(/sesame-open|harmless/);
  });

  it('tells the termination message when there is no log', async () => {
    const exit = { succeeded: false, pod: 'pod', container: 'porter-agent', lastWords: 'Error: hunter22 is no name' };
    expect((await reports().explain(VERDICT, aRun({ exit }))).message).to.equal('******* is no name');
  });

  it('tells what the record says when the Pod has gone, and takes secrets out of that too', async () => {
    const run = aRun({ detail: 'line one\nError: hunter22 was refused' });
    expect((await reports().explain(VERDICT, run)).message).to.equal('******* was refused');
  });

  it('leaves the verdict as it is when nobody says anything', async () => {
    expect(await reports('').explain(VERDICT, aRun())).to.deep.equal(VERDICT);
  });

  it('says when time may mend it', async () => {
    const log = 'unable to pull bundle: failed to do request: dial tcp 10.0.0.1:5000: connect: connection refused';
    expect(await reports(log).explain(VERDICT, aRun())).to.deep.include({ retryable: true });
  });
});
