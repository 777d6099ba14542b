import { inspect } from 'node:util';
import { expect } from 'chai';
import { FakeClock } from '../../test/support/fake-clock.js';
import type { Client } from '../client/index.js';
import { ApiError } from '../client/index.js';
import type { Logger } from '../telemetry/index.js';
import { silentLogger } from '../telemetry/index.js';
import { ReviewedAccess } from './reviewed-access.js';

interface Asked {
  readonly kind: string;
  readonly spec: Record<string, unknown>;
}

const USER = { username: 'prometheus', uid: 'u', groups: ['g'], extra: { pod: ['p'] } };

describe('ReviewedAccess', () => {
  let clock: FakeClock;
  let asked: Asked[];
  let logged: string[];
  let tokenStatus: object;
  let allowed: boolean;
  let failure: Error | undefined;
  let access: ReviewedAccess;

  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    logged = [];
    tokenStatus = { authenticated: true, user: USER };
    allowed = true;
    failure = undefined;
    const post = (path: string, body: Asked): Promise<unknown> => {
      asked.push(body);
      if (failure !== undefined) return Promise.reject(failure);
      const status = path.endsWith('/tokenreviews') ? tokenStatus : { allowed };
      return Promise.resolve({ status });
    };
    const note = (fields: object, message: string) => logged.push(message, inspect(fields));
    const log: Logger = { ...silentLogger, debug: note, info: note, warn: note, error: note };
    access = new ReviewedAccess({ post } as unknown as Client, clock, log);
  });

  const ask = (authorization?: string, path = '/metrics', method = 'GET') =>
    access.refusal({ method, path, authorization });
  const codeOf = async (authorization?: string) => (await ask(authorization))?.code;

  it('lets in whom the API server knows and allows, asked with all that is known of the user', async () => {
    expect(await ask('Bearer good')).to.equal(undefined);
    expect(asked.map(({ kind, spec }) => [kind, spec])).to.deep.equal([
      ['TokenReview', { token: 'good' }],
      [
        'SubjectAccessReview',
        {
          user: 'prometheus',
          uid: 'u',
          groups: ['g'],
          extra: { pod: ['p'] },
          nonResourceAttributes: { path: '/metrics', verb: 'get' },
        },
      ],
    ]);
  });

  for (const header of [undefined, '', 'Basic dTpw', 'Bearer', 'Bearer  ', 'good']) {
    it(`answers 401 to the header ${header}, without asking anybody`, async () => {
      const answer = await ask(header);
      expect(answer).to.deep.include({ code: 401, headers: { 'www-authenticate': 'Bearer' } });
      expect(asked).to.deep.equal([]);
    });
  }

  it('answers 401 to a token that nobody knows', async () => {
    tokenStatus = { authenticated: false };
    expect(await ask('Bearer bad')).to.include({ code: 401, body: 'the API server does not know this token\n' });
  });

  it('answers 403 to a user who may not, and says what is missing', async () => {
    allowed = false;
    expect(await ask('Bearer good')).to.include({
      code: 403,
      body: 'prometheus may not get /metrics: it needs a ClusterRole for that URL\n',
    });
  });

  it('asks again after a minute when it had let somebody in', async () => {
    await ask('Bearer good');
    await clock.advance(59_000);
    await ask('bearer good');
    expect(asked).to.have.length(2);
    allowed = false;
    await clock.advance(2_000);
    expect(await codeOf('Bearer good')).to.equal(403);
  });

  it('asks again after ten seconds when it had refused', async () => {
    allowed = false;
    await ask('Bearer good');
    allowed = true;
    expect(await codeOf('Bearer good')).to.equal(403);
    await clock.advance(10_000);
    expect(await codeOf('Bearer good')).to.equal(undefined);
  });

  it('keeps answers apart by token, method and path', async () => {
    await ask('Bearer good');
    await ask('Bearer other');
    await ask('Bearer good', '/debug');
    await ask('Bearer good', '/metrics', 'POST');
    expect(asked).to.have.length(8);
    expect(asked.at(-1)?.spec['nonResourceAttributes']).to.deep.equal({ path: '/metrics', verb: 'post' });
  });

  it('answers 500 when the API server cannot be asked, and asks the next time', async () => {
    failure = new ApiError('POST: forbidden', { code: 403, reason: 'Forbidden' });
    expect(await codeOf('Bearer good')).to.equal(500);
    expect(logged).to.have.length(2);
    failure = undefined;
    expect(await codeOf('Bearer good')).to.equal(undefined);
  });

  it('looks at some tokens at once only, so that strangers leave the API server to others', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => ask(`Bearer t${index}`)));
    expect(answers.map((answer) => answer?.code)).to.deep.equal([...Array<undefined>(4).fill(undefined), 503, 503]);
    expect(answers[5]?.headers).to.deep.equal({ 'retry-after': '1' });
    expect(await codeOf('Bearer t5')).to.equal(undefined);
  });

  it('never logs a token, whatever the failure says', async () => {
    failure = new ApiError('invalid token top-secret', { code: 422, reason: 'Invalid' });
    await ask('Bearer top-secret');
    expect(logged.join()).to.not.include('top-secret');
  });
});
