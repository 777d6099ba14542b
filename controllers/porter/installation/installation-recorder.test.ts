import { expect } from 'chai';
import { ApiError } from '../../../runtime/client/index.js';
import type { EventNote, EventRecorder } from '../../../runtime/status/index.js';
import { aRecord, aSnapshot, succeeded } from '../../../test/support/installation-snapshot.js';
import type { InstallationOutputs } from '../installation-output/installation-outputs.js';
import type { EndedRun } from '../lifecycle/run-view.js';
import { InstallationRecorder } from './installation-recorder.js';

describe('InstallationRecorder', () => {
  const ended = { action: 'RecordRun', run: succeeded as EndedRun, generation: 1, attempt: 1 } as const;
  let events: EventNote[];

  /** Records a good run whose outputs cannot be published for this reason. */
  function record(failure: Error) {
    events = [];
    const outputs = { publish: () => Promise.reject(failure) } as unknown as InstallationOutputs;
    const recorder = { record: (_: object, note: EventNote) => events.push(note) } as unknown as EventRecorder;
    const snapshot = aSnapshot().withRun(succeeded).withRecord(aRecord()).build();
    return new InstallationRecorder(outputs, recorder).record(snapshot, ended);
  }

  const failures: [string, Error][] = [
    ['too large', new ApiError('Request entity too large', { code: 413, reason: 'RequestEntityTooLarge' })],
    ['not valid', new ApiError('is invalid', { code: 422, reason: 'Invalid' })],
    ['kept out by another object', new Error('the name of the InstallationOutput is taken')],
  ];
  for (const [what, failure] of failures) {
    it(`records a run whose outputs are ${what}, and tells of that`, async () => {
      expect((await record(failure)).changes?.completed).to.include({ result: 'Succeeded' });
      expect(events[0]).to.include({ type: 'Warning', reason: 'OutputsNotShown' });
      expect(events[0]?.message).to.contain(failure.message);
    });
  }

  it('leaves what time may mend to the next pass', async () => {
    const busy = new ApiError('busy', { code: 503, reason: 'ServiceUnavailable' });
    const error: unknown = await record(busy).catch((caught: unknown) => caught);
    expect(error).to.equal(busy);
    expect(events).to.deep.equal([]);
  });
});
