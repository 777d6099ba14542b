import { expect } from 'chai';
import type { Reader } from '../../../runtime/cache/index.js';
import { Metrics } from '../../../runtime/telemetry/index.js';
import { sumOf } from '../../../test/support/operator.js';
import { OutcomeMetrics } from './outcome-metrics.js';

const ended = (result: string) => ({ metadata: {}, status: { completed: { generation: 1, attempt: 1, result } } });
const action = (result: string, ownerReferences: object[] = []) => ({
  metadata: { ownerReferences },
  status: { verdict: { result } },
});
const OWNER = { apiVersion: 'getporter.org/v1', kind: 'Installation', name: 'shop', uid: 'u', controller: true };

describe('OutcomeMetrics', () => {
  it('shows of how many objects nobody knows how their last run ended', async () => {
    const lists: Readonly<Record<string, readonly object[]>> = {
      Installation: [ended('Succeeded'), { metadata: {} }],
      ParameterSet: [ended('Unknown'), ended('Unknown'), ended('Failed')],
      AgentAction: [action('Unknown'), action('Failed'), action('Unknown', [OWNER])],
    };
    const metrics = new Metrics();
    new OutcomeMetrics(metrics, {
      list: ({ kind }: { kind: string }) => lists[kind] ?? [],
    } as unknown as Reader).show();
    const shown = await metrics.scrape();
    const count = (kind: string) => sumOf(shown, 'porterops_outcome_unknown', `kind="${kind}"`);
    expect([count('Installation'), count('CredentialSet'), count('ParameterSet')]).to.deep.equal([0, 0, 2]);
    expect(count('AgentAction'), 'those that have no parent').to.equal(1);
  });
});
