import { expect } from 'chai';
import { AgentAction } from '../../api/porter/v1/agent-action.js';
import { AgentConfig } from '../../api/porter/v1/agent-config.js';
import { CredentialSet } from '../../api/porter/v1/credential-set.js';
import { InstallationOutput } from '../../api/porter/v1/installation-output.js';
import { Installation } from '../../api/porter/v1/installation.js';
import { ParameterSet } from '../../api/porter/v1/parameter-set.js';
import { PorterConfig } from '../../api/porter/v1/porter-config.js';
import { Client } from '../../runtime/client/index.js';
import { RECONCILER } from '../../runtime/controller/index.js';
import { Manager } from '../../runtime/manager/index.js';
import { admissionOf } from '../../runtime/schema/index.js';
import { ADMITTED } from '../../runtime/webhook/index.js';
import { createContainer } from './container.js';
import { FAMILIES, familiesNamed } from './families.js';
import { parseOptions } from './options.js';

describe('The manager program', () => {
  const options = parseOptions(['--log-level=silent', '--kubeconfig=/does/not/exist'], {});

  it('can be put together with every family, without touching anything outside', () => {
    const container = createContainer(options, familiesNamed(Object.keys(FAMILIES)));
    expect(container.get(Manager)).to.be.instanceOf(Manager);
  });

  it('can be put together with no family at all', () => {
    expect(createContainer(options, []).get(Manager)).to.be.instanceOf(Manager);
  });

  it('has one of everything', () => {
    const container = createContainer(options, []);
    expect(container.get(Client)).to.equal(container.get(Client));
  });

  it('brings reconcilers with every family', () => {
    for (const name of Object.keys(FAMILIES)) {
      const container = createContainer(options, familiesNamed([name]));
      expect(container.getAll(RECONCILER).length, name).to.be.above(0);
    }
  });

  it('admits every kind that has rules', () => {
    const container = createContainer(options, familiesNamed(Object.keys(FAMILIES)));
    const ruled = [
      AgentAction,
      AgentConfig,
      CredentialSet,
      Installation,
      InstallationOutput,
      ParameterSet,
      PorterConfig,
    ];
    expect(container.getAll(ADMITTED)).to.have.members(
      ruled.filter((kind) => Object.keys(admissionOf(kind)).length > 0),
    );
  });

  it('names the families it knows when asked for another', () => {
    expect(() => familiesNamed(['docker'])).to.throw("unknown family 'docker'");
  });
});
