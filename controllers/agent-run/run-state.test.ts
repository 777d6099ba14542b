import { expect } from 'chai';
import type { AgentAction, AgentActionStatus } from '../../api/porter/v1/agent-action.js';
import type { Stored } from '../../runtime/client/index.js';
import { runStateOf } from './run-state.js';

function anAction(status?: AgentActionStatus, annotations?: Record<string, string>): Stored<AgentAction> {
  const metadata = { name: 'web-1', namespace: 'shop', uid: 'u', resourceVersion: '1', generation: 2 };
  return { metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z', annotations }, spec: {}, status };
}

function condition(type: string, status: 'True' | 'False') {
  return { type, status, reason: 'Because', message: 'so', lastTransitionTime: '' };
}

const VERDICT = { source: 'StateStore', reason: 'Why', message: 'said' } as const;

describe('runStateOf', () => {
  for (const result of ['Succeeded', 'NoOp', 'Failed', 'Unknown'] as const) {
    it(`tells a verdict of ${result}`, () => {
      const state = runStateOf(
        anAction({ observedGeneration: 2, attempt: 3, runId: 'R', verdict: { ...VERDICT, result } }),
      );
      expect(state).to.deep.include({ phase: result, action: 'web-1' });
      expect('run' in state && state.run).to.deep.include({ attempt: 3, runId: 'R', source: 'StateStore' });
    });
  }

  it('tells that time may mend a failure', () => {
    const verdict = { ...VERDICT, result: 'Failed' as const, retryable: true };
    expect(runStateOf(anAction({ observedGeneration: 2, verdict }))).to.deep.include({ retryable: true });
  });

  it('takes a verdict on another generation for none', () => {
    const verdict = { ...VERDICT, result: 'Succeeded' as const };
    expect(runStateOf(anAction({ observedGeneration: 1, verdict })).phase).to.equal('Pending');
  });

  it('takes a verdict from before a retry for none', () => {
    const verdict = { ...VERDICT, result: 'Failed' as const };
    const retried = anAction({ observedGeneration: 2, verdict }, { 'getporter.org/retry': 'again' });
    expect(runStateOf(retried).phase).to.equal('Pending');
  });

  it('says what an open run waits for, and whether in vain', () => {
    const waiting = { phase: 'Pending', conditions: [condition('Ready', 'False'), condition('Stalled', 'False')] };
    expect(runStateOf(anAction(waiting))).to.deep.equal({
      phase: 'Pending',
      action: 'web-1',
      reason: 'Because',
      message: 'so',
    });
    const inVain = { phase: 'Running', conditions: [condition('Ready', 'False'), condition('Stalled', 'True')] };
    expect(runStateOf(anAction(inVain))).to.deep.include({ phase: 'Running', stalled: true });
  });

  it('knows nothing of a run that nobody has looked at', () => {
    expect(runStateOf(anAction())).to.deep.equal({ phase: 'Pending', action: 'web-1' });
  });
});
