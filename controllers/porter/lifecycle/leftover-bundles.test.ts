import { expect } from 'chai';
import type { AgentAction } from '../../../api/porter/v1/agent-action.js';
import type { Client, Job, Stored } from '../../../runtime/client/index.js';
import type { AgentJobs } from '../../agent-run/agent-jobs.js';
import type { RunConfiguration } from '../../agent-run/config/run-configuration.js';
import { LeftoverBundles } from './leftover-bundles.js';

const LABELS = { 'getporter.org/resourceKind': 'AgentAction', 'getporter.org/resourceName': 'shop-1' };

function job(name: string, jobType: string, ownerReferences?: Job['metadata']['ownerReferences']): Stored<Job> {
  const labels = { ...LABELS, 'getporter.org/jobType': jobType };
  const stored = { uid: name, resourceVersion: '1', creationTimestamp: '2026-01-02T03:04:05Z' };
  return { metadata: { ...stored, namespace: 'dev', name, labels, ownerReferences } };
}

describe('Bundles whose AgentAction is about to go', () => {
  it('go with it, also those that the cache does not know of, and what has an owner is left alone', async () => {
    const owner = [{ apiVersion: 'v1', kind: 'AgentAction', name: 'shop-1', uid: 'u' }];
    const there = [
      job('late', 'bundle-installer'),
      job('owned', 'bundle-installer', owner),
      job('agent', 'porter-agent'),
    ];
    const asked: unknown[] = [];
    const adopted: unknown[] = [];
    const client = { list: (_: unknown, options: object) => (asked.push(options), Promise.resolve(there)) };
    const jobs = {
      adopt: (one: Stored<Job>, by: { uid: string }, seconds: number) =>
        Promise.resolve(adopted.push([one.metadata.name, by.uid, seconds])),
    };
    const configuration = { limits: () => ({ activeDeadlineSeconds: 77 }) };
    const bundles = new LeftoverBundles(
      jobs as unknown as AgentJobs,
      configuration as unknown as RunConfiguration,
      client as unknown as Client,
    );
    const metadata = { namespace: 'dev', name: 'shop-1', uid: 'u', resourceVersion: '1' };
    await bundles.leaveTo({ metadata, spec: { args: [] } } as unknown as Stored<AgentAction>);
    expect(adopted).to.deep.equal([['late', 'u', 77]]);
    expect(asked).to.deep.equal([
      { namespace: 'dev', labelSelector: 'getporter.org/resourceKind=AgentAction,getporter.org/resourceName=shop-1' },
    ]);
  });
});
