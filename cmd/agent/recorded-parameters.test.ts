import { expect } from 'chai';
import { helloBundle } from './doubles/hello-bundle.js';
import { HelloWorld } from './doubles/hello-world.js';

describe('the built-in agent, recording and comparing parameters,', () => {
  let world: HelloWorld;

  beforeEach(async () => (world = await HelloWorld.start()));
  afterEach(() => world.close());

  it('keeps inline values that the action takes, sensitive ones under the run’s id', async () => {
    const bundle = helloBundle();
    Object.assign(bundle.parameters.name, { applyTo: ['install'] });
    world.registry.putBundle('narrow', bundle, 'v0.3.0');
    const narrow = (password: string) => ({
      bundle: world.bundleOf('narrow'),
      parameters: { name: 'cluster', password },
    });
    await world.apply(narrow('first-secret'));
    const kept = async () => (await world.recorded()).parameters.parameters;
    expect(await kept()).to.deep.equal([
      { name: 'name', source: { value: 'cluster' } },
      { name: 'password', source: { secret: `${(await world.lastRun())._id}-password` } },
    ]);
    await world.apply(narrow('second-secret'));
    expect(await kept()).to.deep.equal([
      { name: 'password', source: { secret: `${(await world.lastRun())._id}-password` } },
    ]);
  });

  it('takes another order of members for no change, also in text', async () => {
    const bundle = helloBundle();
    Object.assign(bundle.definitions, { 'name-parameter': { type: 'object' } });
    world.registry.putBundle('object', bundle, 'v0.3.0');
    const given = (name: unknown) => ({ bundle: world.bundleOf('object'), parameters: { name } });
    await world.apply(given({ b: { d: 1, c: 2 }, a: 3 }));
    for (const same of [{ a: 3, b: { c: 2, d: 1 } }, '{"b": {"d": 1, "c": 2}, "a": 3}']) {
      expect((await world.apply(given(same))).log).to.match(/already up-to-date/);
    }
    expect((await world.apply(given({ a: 4 }))).log).to.match(/the parameters have changed/);
  });
});
