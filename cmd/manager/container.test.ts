import { expect } from 'chai';
import { Client } from '../../runtime/client/index.js';
import { RECONCILER } from '../../runtime/controller/index.js';
import { Manager } from '../../runtime/manager/index.js';
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

  it('names the families it knows when asked for another', () => {
    expect(() => familiesNamed(['docker'])).to.throw("unknown family 'docker'");
  });
});
