import { expect } from 'chai';
import type { Scheduler } from '../clock/index.js';
import { EventLoopWatch } from './event-loop-watch.js';

/** Time that passes although no timer gets its turn. */
class BlockableTime implements Scheduler {
  private now = 0;
  private timer: { readonly at: number; readonly task: () => void } | undefined;

  elapsed(): number {
    return this.now;
  }

  after(delayMs: number, task: () => void): () => void {
    this.timer = { at: this.now + delayMs, task };
    return () => (this.timer = undefined);
  }

  block(ms: number): void {
    this.now += ms;
    this.run();
  }

  pass(ms: number): void {
    const end = this.now + ms;
    while (this.timer !== undefined && this.timer.at <= end) {
      this.now = Math.max(this.now, this.timer.at);
      this.run();
    }
    this.now = end;
  }

  private run(): void {
    const { timer } = this;
    if (timer === undefined || timer.at > this.now) return;
    this.timer = undefined;
    timer.task();
  }
}

describe('EventLoopWatch', () => {
  let time: BlockableTime;
  let watch: EventLoopWatch;

  beforeEach(() => {
    time = new BlockableTime();
    watch = new EventLoopWatch(time);
    watch.start();
  });

  it('knows of no stall while everything gets its turn', () => {
    time.pass(600_000);
    expect(watch.recentStallMs()).to.equal(undefined);
  });

  it('lets pass what takes a few seconds', () => {
    time.block(5_900);
    expect(watch.recentStallMs()).to.equal(undefined);
  });

  it('tells how long the loop was blocked, for half a minute', () => {
    time.block(8_000);
    expect(watch.recentStallMs()).to.equal(7_000);
    time.pass(29_000);
    expect(watch.recentStallMs()).to.equal(7_000);
    time.pass(2_000);
    expect(watch.recentStallMs()).to.equal(undefined);
  });

  it('notices the next one, too', () => {
    time.block(8_000);
    time.pass(60_000);
    time.block(11_000);
    expect(watch.recentStallMs()).to.equal(10_000);
  });

  it('stops with the manager', () => {
    watch.stop();
    time.block(60_000);
    expect(watch.recentStallMs()).to.equal(undefined);
  });
});
