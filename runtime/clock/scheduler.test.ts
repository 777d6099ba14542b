import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { systemScheduler } from './scheduler.js';

describe('The machine’s timers', () => {
  it('do not fire at once what is due in years', async () => {
    let isDue = false;
    const cancel = systemScheduler.after(1e13, () => (isDue = true));
    await delay(20);
    cancel();
    expect(isDue).to.equal(false);
  });
});
