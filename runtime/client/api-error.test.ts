import { expect } from 'chai';
import {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNamespaceTerminating,
  isNotFound,
  isRace,
  isTransient,
} from './api-error.js';
import { apiErrorOf, apiErrorOfStatus } from './api-reply.js';

const error = (code: number, reason: string, details?: unknown) => new ApiError('no', { code, reason, details });
const terminating = error(403, 'Forbidden', { causes: [{ reason: 'NamespaceTerminating' }] });

describe('ApiError', () => {
  it('keeps a taken name apart from a conflict', () => {
    expect([isConflict(error(409, 'Conflict')), isAlreadyExists(error(409, 'Conflict'))]).to.deep.equal([true, false]);
    const taken = error(409, 'AlreadyExists');
    expect([isConflict(taken), isAlreadyExists(taken)]).to.deep.equal([false, true]);
  });

  it('knows a namespace that goes away from missing rights', () => {
    expect(isNamespaceTerminating(terminating)).to.equal(true);
    expect(isNamespaceTerminating(error(403, 'Forbidden', { kind: 'secrets' }))).to.equal(false);
    expect(isForbidden(terminating)).to.equal(true);
  });

  it('takes both spellings of an expired version for gone', () => {
    expect(isGone(error(410, 'Gone')) && isGone(error(400, 'Expired'))).to.equal(true);
  });

  it('counts what the next look mends as a race', () => {
    const races = [error(404, 'NotFound'), error(409, 'Conflict'), error(409, 'AlreadyExists'), terminating];
    expect(races.every(isRace)).to.equal(true);
    expect([error(403, 'Forbidden'), error(500, 'InternalError'), new Error('x')].some(isRace)).to.equal(false);
  });

  it('counts what time mends as transient', () => {
    expect([error(0, 'Unreachable'), error(429, ''), error(503, '')].every(isTransient)).to.equal(true);
    expect([error(422, 'Invalid'), error(404, 'NotFound')].some(isTransient)).to.equal(false);
  });

  it('is never found in other errors', () => {
    const other = Object.assign(new Error('x'), { code: 404, reason: 'NotFound' });
    expect([isNotFound, isInvalid, isGone, isConflict].some((is) => is(other))).to.equal(false);
  });
});

describe('apiErrorOf', () => {
  it('takes code, reason, message, details and patience from a Status', () => {
    const status = { kind: 'Status', reason: 'Invalid', message: 'spec.x: wrong', details: { retryAfterSeconds: 2 } };
    const found = apiErrorOf(422, {}, JSON.stringify(status));
    expect(found).to.include({ code: 422, reason: 'Invalid', message: 'spec.x: wrong', retryAfterMs: 2000 });
  });

  it('does not believe in a patience of days', () => {
    expect(apiErrorOf(503, { 'retry-after': '99999999999' }, '').retryAfterMs).to.equal(300_000);
  });

  it('shortens what a load balancer wrote and names it by its code', () => {
    const found = apiErrorOf(503, { 'retry-after': '7' }, `<html>${'x'.repeat(1000)}`);
    expect(found).to.include({ code: 503, reason: 'ServiceUnavailable', retryAfterMs: 7000 });
    expect(found.message.length).to.be.below(300);
  });

  it('ignores a Retry-After that is no number', () => {
    expect(apiErrorOf(503, { 'retry-after': 'Fri, 31 Dec' }, '').retryAfterMs).to.equal(undefined);
  });

  it('reads the Status of a watch', () => {
    expect(apiErrorOfStatus({ kind: 'Status', code: 410, reason: 'Expired' })).to.include({ code: 410 });
    expect(apiErrorOfStatus(undefined)).to.include({ code: 500 });
  });
});
