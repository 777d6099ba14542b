import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { JOB_TYPES, LABELS } from '../../api/porter/v1/well-known.js';
import { STATE_STORE_PORT } from '../../integrations/porter/state/index.js';
import { parseOptions } from '../state-store/options.js';

interface Container {
  args: string[];
  env: { name: string; valueFrom: { fieldRef: { fieldPath: string } } }[];
  ports: { name: string; containerPort: number }[];
}
interface Loose {
  kind: string;
  metadata: { labels?: Record<string, string> };
  spec: Record<string, unknown>;
}

function object(file: string, kind: string): Loose {
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Loose);
  const found = documents.find((document) => document.kind === kind);
  if (found === undefined) throw new Error(`${file} has no ${kind}`);
  return found;
}

const podTemplate = (file: string) =>
  object(file, 'Deployment').spec['template'] as {
    metadata: { labels: Record<string, string> };
    spec: { containers: Container[] };
  };

describe('config/state-store', () => {
  const store = podTemplate('config/state-store/deployment.yaml');
  const [container] = store.spec.containers as [Container];

  it('starts a store that leads its Service, whose address and identity are those of its Pod', () => {
    const fields = Object.fromEntries(container.env.map(({ name, valueFrom }) => [name, valueFrom.fieldRef.fieldPath]));
    expect(fields).to.deep.equal({
      POD_NAMESPACE: 'metadata.namespace',
      POD_NAME: 'metadata.name',
      POD_UID: 'metadata.uid',
      POD_IP: 'status.podIP',
    });
    const options = parseOptions(container.args, fields);
    expect(options).to.include({ leaderElect: true, serviceName: 'porterops-state-store' });
    expect(options.pod?.port).to.equal(STATE_STORE_PORT);
    expect(container.ports).to.deep.include({ name: 'mongodb', containerPort: STATE_STORE_PORT });
  });

  it('has a Service without a selector, since the store says where it leads', () => {
    const { spec } = object('config/state-store/service.yaml', 'Service');
    expect(spec).to.not.have.property('selector');
    expect(spec['ports']).to.deep.equal([{ name: 'mongodb', port: STATE_STORE_PORT, targetPort: STATE_STORE_PORT }]);
  });

  it('lets agents and the manager in, by the labels that they have', () => {
    const { spec } = object('config/state-store/network-policy.yaml', 'NetworkPolicy');
    const [clients] = spec['ingress'] as [{ from: object[] }];
    const matchLabels = podTemplate('config/manager/manager.yaml').metadata.labels;
    expect(clients.from).to.deep.equal([
      { namespaceSelector: {}, podSelector: { matchLabels: { [LABELS.jobType]: JOB_TYPES.agent } } },
      { podSelector: { matchLabels } },
      { podSelector: { matchLabels: store.metadata.labels } },
    ]);
    expect(spec['podSelector']).to.deep.equal({ matchLabels: store.metadata.labels });
  });
});
