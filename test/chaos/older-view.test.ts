import { expect } from 'chai';
import { OlderView } from './older-view.js';

const JOBS = ['/apis/batch/v1/jobs', { accept: 'application/json' }] as const;

describe('An older view', () => {
  let now = 'then';
  const view = async () => {
    const older = new OlderView(() => Promise.resolve({ code: 200, headers: {}, body: now }));
    older.listing(...JOBS);
    await older.remember();
    now = 'now';
    return older;
  };

  beforeEach(() => (now = 'then'));

  it('is shown from the first list that is asked for, however long the start took', async () => {
    const older = await view();
    expect(older.listing(...JOBS)).to.equal(undefined);
    older.begin();
    expect(older.leftMs).to.equal(2_500);
    expect(older.wasSeen).to.equal(false);
    expect(older.listing(...JOBS)?.body).to.equal('then');
    expect(older.wasSeen).to.equal(true);
    expect(older.leftMs).to.be.within(1, 2_500);
  });

  it('has not been seen when something else was listed', async () => {
    const older = await view();
    older.begin();
    expect(older.listing('/api/v1/pods', {})).to.equal(undefined);
    expect(older.wasSeen).to.equal(false);
  });

  it('is forgotten with the plan that it belongs to', async () => {
    const older = await view();
    older.begin();
    older.listing(...JOBS);
    older.forget();
    expect(older.listing(...JOBS)).to.equal(undefined);
    expect([older.wasSeen, older.leftMs <= 0]).to.deep.equal([false, true]);
  });
});
