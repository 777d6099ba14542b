import { expect } from 'chai';
import { MAX_ULID, encodeTime, isValid } from 'ulid';
import { newRecordId } from './record-id.js';

describe('newRecordId', () => {
  it('is greater than all that were made before', () => {
    const ids = Array.from({ length: 100 }, () => newRecordId());
    expect(ids)
      .to.deep.equal(ids.toSorted())
      .and.satisfy(() => new Set(ids).size === ids.length);
  });

  it('is greater than one of a machine whose clock is ahead', () => {
    const ahead = `${encodeTime(Date.now() + 3_600_000)}ZZZZZZZZZZZZZZZZ`;
    expect(newRecordId(ahead) > ahead).to.equal(true);
  });

  it('does without what is no id, or leaves no room', () => {
    for (const after of ['', 'not an id', MAX_ULID]) expect(newRecordId(after)).to.satisfy(isValid);
  });
});
