import { expect } from 'chai';
import { ApiError } from '../../../runtime/client/index.js';
import { done } from '../../../runtime/reconciler/index.js';
import type { EventNote, EventRecorder } from '../../../runtime/status/index.js';
import { aRecord, aSnapshot, succeeded } from '../../../test/support/installation-snapshot.js';
import type { InstallationOutputs } from '../installation-output/installation-outputs.js';
import type { EndedRun } from '../lifecycle/run-view.js';
import { InstallationRecorder } from './installation-recorder.js';
import { describeInstallation } from './status.js';

describe('InstallationRecorder', () => {
  const ended = { action: 'RecordRun', run: succeeded as EndedRun, generation: 1, attempt: 1 } as const;
  let events: EventNote[];

  /** Records a good run whose outputs cannot be published for this reason. */
  function record(failure: Error) {
    events = [];
    const snapshot = aSnapshot().withRun(succeeded).withRecord(aRecord()).build();
    return recorderWith(() => Promise.reject(failure)).record(snapshot, ended);
  }

  function recorderWith(publish: () => Promise<void>): InstallationRecorder {
    const outputs = { publish } as unknown as InstallationOutputs;
    const recorder = { record: (_: object, note: EventNote) => events.push(note) } as unknown as EventRecorder;
    return new InstallationRecorder(outputs, recorder);
  }

  const failures: [string, Error][] = [
    ['too large', new ApiError('Request entity too large', { code: 413, reason: 'RequestEntityTooLarge' })],
    ['not valid', new ApiError('is invalid', { code: 422, reason: 'Invalid' })],
    ['kept out by another object', new Error('the name of the InstallationOutput is taken')],
  ];
  for (const [what, failure] of failures) {
    it(`records a run whose outputs are ${what}, and tells of that`, async () => {
      const observed = await record(failure);
      expect(observed.changes?.completed).to.include({ result: 'Succeeded' });
      expect(observed.outputs?.message).to.contain(failure.message);
      expect(events[0]).to.include({ type: 'Warning', reason: 'OutputsNotShown' });
      expect(events[0]?.message).to.contain(failure.message);
    });
  }

  it('tries to show them again, and tells the same trouble in no second event', async () => {
    const observed = await record(new Error('no room'));
    const status = describeInstallation(aSnapshot().build(), { outcome: done(), observed });
    expect(status?.conditions?.find(({ type }) => type === 'OutputsShown')).to.include({ status: 'False' });
    const later = aSnapshot().withStatus(status!).withRecord(aRecord()).build();
    events = [];
    expect(await recorderWith(() => Promise.reject(new Error('no room'))).show(later)).to.deep.equal({
      outputs: observed.outputs,
    });
    expect(events).to.deep.equal([]);
    const shown = await recorderWith(() => Promise.resolve()).show(later);
    expect(shown).to.deep.equal({ outputs: null });
    const { conditions } = describeInstallation(later, { outcome: done(), observed: shown }) ?? {};
    expect(conditions?.map(({ type }) => type)).not.to.include('OutputsShown');
  });

  it('leaves what time may mend to the next pass', async () => {
    const busy = new ApiError('busy', { code: 503, reason: 'ServiceUnavailable' });
    const error: unknown = await record(busy).catch((caught: unknown) => caught);
    expect(error).to.equal(busy);
    expect(events).to.deep.equal([]);
  });
});
