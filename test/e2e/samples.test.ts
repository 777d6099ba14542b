import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { RealNode } from './real-node.js';

/** Everything here is done by kubectl, as somebody does it who tries the samples. */
describe('the samples on a real node', () => {
  let node: RealNode;
  let namespace: string;

  before(async () => {
    node = await RealNode.open();
    namespace = await node.newNamespace();
    await kubectl('apply', '-k', 'config/samples');
    await untilReady('installation/hello');
  });
  after(() => node.close());

  const kubectl = (...args: string[]) => node.kubectl('-n', namespace, ...args);
  const untilReady = (object: string) => kubectl('wait', '--for=condition=Ready', object, '--timeout=170s');

  it('are all Ready', async () => {
    for (const kind of ['credentialset', 'parameterset', 'agentconfig', 'porterconfig'])
      await untilReady(`${kind}/hello`);
  });

  it('tell their story in the columns of kubectl get', async () => {
    const [header = '', row = ''] = (await kubectl('get', 'installations')).trim().split('\n');
    const columns = header.trim().split(/\s{2,}/);
    const cells = row.trim().split(/\s{2,}/);
    const shown = Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
    expect(shown).to.include({ NAME: 'hello', 'PORTER NAME': 'hello', VERSION: '0.1.0', READY: 'True' });
    expect(shown).to.include({ 'LAST STATUS': 'Succeeded', REASON: 'Installed' });
  });

  it('have events that kubectl describe shows', async () => {
    await eventually('the event of the end is shown', async () => {
      const events = (await kubectl('describe', 'installation', 'hello')).split(/^Events:/m)[1] ?? '';
      expect(events)
        .to.match(/Normal\s+Installing .*porterops/)
        .and.to.match(/Normal\s+Installed .*porterops/);
      expect(events).not.to.include('Warning');
      return true;
    });
  });

  it('give the output that the parameter set asks for', async () => {
    const path = 'jsonpath={.status.outputs[?(@.name=="message")].value}';
    expect(await kubectl('get', 'installationoutput', 'hello', '-o', path)).to.equal('Good day from install 0.1.0');
  });

  it('run the custom action of the AgentAction once', async () => {
    await kubectl('apply', '-f', 'config/samples/porter_v1_agentaction.yaml');
    await untilReady('agentaction/hello-status');
    const path = 'jsonpath={.status.phase} {.status.attempt} {.status.verdict.source}';
    expect(await kubectl('get', 'agentaction', 'hello-status', '-o', path)).to.equal('Succeeded 1 StateStore');
    expect(await node.runsRecorded({ namespace, name: 'hello' })).to.deep.equal(['install', 'status']);
  });

  it('go when they are deleted: the bundle is uninstalled, the sets after it', async () => {
    await kubectl('delete', '-f', 'config/samples/porter_v1_agentaction.yaml');
    // First what needs the others: an uninstall gets the same credentials as an install.
    await kubectl('delete', 'installation', 'hello', '--timeout=170s');
    await kubectl('delete', '-k', 'config/samples', '--ignore-not-found', '--timeout=170s');
    expect(await node.runsRecorded({ namespace, name: 'hello' })).to.deep.equal(['install', 'status', 'uninstall']);
    expect(await kubectl('get', 'installations,credentialsets,parametersets,agentactions', '-o', 'name')).to.equal('');
  });
});
