import { expect } from 'chai';
import type { Verdict } from '../../../api/porter/v1/agent-action.js';
import type { Client } from '../../../runtime/client/index.js';
import { ApiError } from '../../../runtime/client/index.js';
import { StateUnavailableError } from '../../../integrations/porter/state/index.js';
import type { SecretRun, SecretValues } from '../../agent-run/launch/secret-values.js';
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

const hint = (name: string, secret: string) => ({ parameters: [{ name, source: { secret } }] });
const STATE = {
  run: (_id: string) => Promise.resolve({ _id, bundle: BUNDLE, parameters: hint('password', `${_id}-password`) }),
  outputs: () =>
    Promise.resolve([
      { runId: 'R1', key: 'R1-token' },
      { runId: 'R1', key: '' },
      { runId: 'R0', key: 'R0-token' },
    ]),
};

let unknown: string | undefined;
let isAway = false;
let hints: readonly string[] = [];

/** Reports in a world whose only Pod wrote this log; without one it has gone. */
function reports(log?: string): FailureReports {
  const gone = new ApiError('not found', { code: 404, reason: 'NotFound' });
  const client = { logs: () => (log === undefined ? Promise.reject(gone) : Promise.resolve(log)) } as unknown as Client;
  const secrets = {
    of: (asked: SecretRun) => {
      hints = asked.hints;
      return Promise.resolve({ values: ['hunter22'], unknown });
    },
  } as unknown as SecretValues;
  const states = {
    ask: (_: string, question: (state: object) => unknown) =>
      isAway ? Promise.reject(new StateUnavailableError('away')) : question(STATE),
  } as unknown as PorterStates;
  return new FailureReports(client, secrets, states);
}

function aRun(more: Partial<FailedRun> = {}): FailedRun {
  const files = { 'installation.yaml': Buffer.from(DOCUMENT).toString('base64') };
  const installation = { namespace: 'dev', name: 'web' };
  const spec = { args: ['installation', 'apply', 'installation.yaml'], files, installation };
  const exit = { succeeded: false, code: 1, pod: 'pod', container: 'porter-agent' };
  return { namespace: 'shop', spec, exit, files: 'web-1', runId: 'R1', lastRunId: 'R0', ...more };
}

describe('FailureReports', () => {
  beforeEach(() => {
    [unknown, isAway] = [undefined, false];
  });

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

  it('takes out what Porter keeps of the run and the one before it, and of its outputs', async () => {
    await message('Error: no');
    expect(hints).to.deep.equal(['R1-password', 'R0-password', 'R1-token']);
  });

  it('says what kind of failure it is, and quotes nothing, when a Secret has changed meanwhile', async () => {
    unknown = 'Secret token has changed or gone since the launch';
    const log = 'unable to pull bundle: dial tcp 10.0.0.1: connect: connection refused by old-secret';
    const told = await reports(log).explain(VERDICT, aRun());
    expect(told).to.deep.include({ reason: 'RegistryUnavailable', retryable: true });
    expect(told.message).to.equal(
      'install failed. It seems that the registry cannot be reached. What the agent said is not repeated, because ' +
        'Secret token has changed or gone since the launch: look at the log of its Pod.',
    );
  });

  it('quotes nothing while the store does not tell what Porter keeps', async () => {
    isAway = true;
    expect(await message('Error: old-secret'))
      .to.contain('the state store does not answer')
      .and.not.contain('old');
  });

  it('asks no store about a command without an installation', async () => {
    isAway = true;
    const spec = { args: ['version'] };
    expect(await message('Error: hunter22 is wrong', { spec })).to.equal('******* is wrong');
  });

  it('says when time may mend it', async () => {
    const log = 'unable to pull bundle: failed to do request: dial tcp 10.0.0.1:5000: connect: connection refused';
    expect(await reports(log).explain(VERDICT, aRun())).to.deep.include({ retryable: true });
  });
});
