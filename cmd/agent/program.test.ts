import { expect } from 'chai';
import { StateUnavailableError } from '../../integrations/porter/state/index.js';
import { AgentWorld } from './doubles/agent-world.js';

describe('an agent', () => {
  let world: AgentWorld;

  beforeEach(async () => (world = await new AgentWorld('registry.test', () => ({})).open()));
  afterEach(() => world.close());

  const configured = (url: string) =>
    world.write(
      'config/config.yaml',
      `default-storage: state\nstorage: [{name: state, plugin: mongodb, config: {url: "${url}"}}]\n`,
    );

  it('keeps the password of a store with several servers out of what it says', async () => {
    await configured('mongodb://me:pass%40word@one:27017,two:27018/porter?replicaSet=rs0');
    world.state.installations = () =>
      Promise.reject(new StateUnavailableError('no login with pass@word (pass%40word) at one:27017'));
    const { log } = await world.run(['installation', 'list', '-o', 'json']);
    expect(log)
      .to.contain('no login with')
      .and.to.not.match(/pass(@|%40)word/);
  });
});
