import { expect } from 'chai';
import { parse } from 'yaml';
import { AGENT_ACTIONS, INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { LABELS } from '../../api/porter/v1/well-known.js';
import type { Builder } from '../support/builders.js';
import { anInstallation } from '../support/builders.js';
import type { Installation } from '../../api/porter/v1/installation.js';
import { agentCommands, agentPods, condition, create, get, untilNotReady, untilReady } from './world.js';

/** Objects that the API server takes and Porter could not: what field the status has to name. */
const WRONG: Record<string, { installation: () => Builder<Installation>; field: string }> = {
  'a parameter that is nested 70 levels deep': {
    installation: () => anInstallation().withParameters({ deep: nested(70) }),
    field: 'spec.parameters.deep',
  },
  'parameters that do not fit into a Secret': {
    installation: () => anInstallation().withParameters({ large: 'x'.repeat(1_100_000) }),
    field: 'spec.parameters',
  },
};

describe('An Installation that is wrong in a way the schema cannot see', () => {
  for (const [what, { installation, field }] of Object.entries(WRONG)) {
    it(`by ${what} is refused, and the field is named`, async () => {
      await create(installation());
      const ready = await untilNotReady(INSTALLATIONS, 'shop', 'InvalidSpec');
      expect(ready.message).to.include(field);
      expect(ready.message.length).to.be.at.most(1024);
      expect(condition(await get(INSTALLATIONS, 'shop'), 'Stalled')?.status).to.equal('True');
      expect(agentCommands()).to.have.lengthOf(0);
    });
  }
});

describe('Input that looks dangerous', () => {
  it('goes to Porter as it is: flags, shell, templates, YAML and prototypes in parameters', async () => {
    const parameters = {
      flag: '--force',
      shell: '$(id); `id` && rm -rf /',
      variable: '$(KUBE_NAMESPACE)',
      template: '${secret.token} {{ .Values.x }}',
      yaml: '!!js/function "f" : {a: b}',
      lines: 'one\ntwo\r\n\tthree ',
      norway: 'no',
      constructor: 'x',
      toString: 'y',
    };
    await create(anInstallation().withParameters(parameters));
    await untilReady(INSTALLATIONS, 'shop');
    const args = agentPods()[0]?.spec?.containers.flatMap((container) => container.args ?? []);
    expect(args).to.deep.equal(['installation', 'apply', 'installation.yaml']);
    const document = await documentOf('shop');
    for (const [name, value] of Object.entries(parameters)) expect(document.parameters[name], name).to.equal(value);
  });

  it('in labels of the Installation does not replace the operator’s own', async () => {
    await create(anInstallation().withLabel(LABELS.managed, 'false').withLabel(LABELS.resourceName, 'other'));
    await untilReady(INSTALLATIONS, 'shop');
    const [pod] = agentPods();
    expect(pod?.metadata.labels).to.include({ [LABELS.managed]: 'true', [LABELS.resourceKind]: 'AgentAction' });
  });

  it('in a Porter name never becomes an option', async () => {
    await create(anInstallation('dash').withPorterName('a--force'));
    await untilReady(INSTALLATIONS, 'dash');
    expect(agentCommands()).to.deep.equal(['installation apply installation.yaml']);
  });
});

function nested(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level += 1) value = { down: value };
  return value;
}

/** The document that Porter gets, as a YAML reader understands it. */
async function documentOf(name: string): Promise<{ parameters: Record<string, unknown> }> {
  const { status } = await get(INSTALLATIONS, name);
  const { spec } = await get(AGENT_ACTIONS, status?.action?.name ?? '');
  return parse(Buffer.from(spec.files?.['installation.yaml'] ?? '', 'base64').toString()) as {
    parameters: Record<string, unknown>;
  };
}
