import { expect } from 'chai';
import { mountFailureIn } from './pod-problems.js';

describe('mountFailureIn', () => {
  const event = (reason: string) => ({ reason, message: `message of ${reason}` });

  it('is what the kubelet said last of a volume', () => {
    const said = ['Scheduled', 'FailedAttachVolume', 'FailedMount'].map(event);
    expect(mountFailureIn(said)).to.equal('message of FailedMount');
    expect(mountFailureIn(said.slice(0, 2))).to.equal('message of FailedAttachVolume');
  });

  it('is nothing where no volume is in the way', () => {
    expect(mountFailureIn([event('Scheduled')])).to.equal(undefined);
    expect(mountFailureIn([])).to.equal(undefined);
  });

  it('is nothing any more once the kubelet has gone on to images', () => {
    for (const next of ['Pulling', 'Pulled', 'Created']) {
      expect(mountFailureIn([event('FailedMount'), event(next)])).to.equal(undefined);
    }
  });
});
