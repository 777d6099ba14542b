import { expect } from 'chai';
import { CONDITIONS, REASONS, UPSTREAM_REASONS } from './conditions.js';

const WORD = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;

describe('Reasons', () => {
  it('are words that the API server takes', () => {
    for (const reason of [...Object.keys(REASONS), ...Object.values(UPSTREAM_REASONS)]) expect(reason).to.match(WORD);
  });

  it('are explained', () => {
    for (const meaning of Object.values(REASONS)) expect(meaning).to.match(/\w+ \w+/);
  });

  it('of upstream belong to upstream’s conditions', () => {
    expect(Object.keys(UPSTREAM_REASONS).sort()).to.deep.equal(Object.values(CONDITIONS).sort());
  });
});
