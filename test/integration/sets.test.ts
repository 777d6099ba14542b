import { expect } from 'chai';
import { AGENT_ACTIONS, CREDENTIAL_SETS, PARAMETER_SETS } from '../../api/porter/v1/resources.js';
import { ANNOTATIONS } from '../../api/porter/v1/well-known.js';
import { aCredentialSet, aParameterSet, aSecret } from '../support/builders.js';
import { fails, succeeds } from '../support/pod-plays.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  annotate,
  change,
  condition,
  create,
  get,
  hold,
  list,
  remove,
  script,
  until,
  untilGone,
  untilNotReady,
  untilReady,
  world,
} from './world.js';

describe('A CredentialSet', () => {
  beforeEach(() => create(aSecret('token').withValue('s3cret')));

  it('is applied once and then Ready', async () => {
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    const { status, metadata } = await untilReady(CREDENTIAL_SETS, 'aws');
    expect(agentCommands()).to.deep.equal(['credentials apply credentials.yaml']);
    expect(status).to.include({ phase: 'Succeeded', observedGeneration: metadata.generation });
    expect(condition({ metadata, status }, 'Ready')?.reason).to.equal('Applied');
  });

  it('hands Porter names of secrets, never values', async () => {
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    const { status } = await untilReady(CREDENTIAL_SETS, 'aws');
    const action = await get(AGENT_ACTIONS, status?.action?.name ?? '');
    const document = Buffer.from(action.spec.files?.['credentials.yaml'] ?? '', 'base64').toString();
    expect(document).to.include('secret: token').and.not.to.include('s3cret');
    const record = await world().records.tenant(world().namespace).collection('credentials').findOne({ name: 'aws' });
    expect(record?.['credentials']).to.deep.equal([{ name: 'token', source: { secret: 'token' } }]);
  });

  it('is applied again when it changes', async () => {
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await untilReady(CREDENTIAL_SETS, 'aws');
    const credentials = [{ name: 'key', source: { secret: 'token' } }];
    await change(CREDENTIAL_SETS, 'aws', { spec: { credentials } });
    await untilReady(CREDENTIAL_SETS, 'aws');
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('when deleted is deleted in Porter, then gone', async () => {
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await untilReady(CREDENTIAL_SETS, 'aws');
    await remove(CREDENTIAL_SETS, 'aws');
    await untilGone(CREDENTIAL_SETS, 'aws');
    expect(agentCommands()[1]).to.equal('credentials delete -n dev aws');
    const record = await world().records.tenant(world().namespace).collection('credentials').findOne({ name: 'aws' });
    expect(record).to.equal(null);
  });

  it('when deleted in the foreground is deleted in Porter too', async () => {
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await untilReady(CREDENTIAL_SETS, 'aws');
    await remove(CREDENTIAL_SETS, 'aws', 'Foreground');
    await untilGone(CREDENTIAL_SETS, 'aws');
    expect(agentCommands()).to.include('credentials delete -n dev aws');
  });

  it('that fails says why, and a retry applies it again, once', async () => {
    script(fails('Error: could not connect to storage'));
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await until(CREDENTIAL_SETS, 'aws', ({ status }) => status?.phase === 'Failed');
    await annotate(CREDENTIAL_SETS, 'aws', ANNOTATIONS.retry, 'one');
    await untilReady(CREDENTIAL_SETS, 'aws');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(2));
  });

  it('survives the death of the operator, and is applied once', async () => {
    const run = hold();
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await run.started();
    await world().operator.kill();
    run.ends(succeeds());
    await world().operator.start();
    await untilReady(CREDENTIAL_SETS, 'aws');
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('suspended is not applied until it is resumed', async () => {
    const set = aCredentialSet('aws').withCredential('token', 'token').inNamespace(world().namespace).build();
    set.spec.suspend = true;
    await world().api.create(CREDENTIAL_SETS, set);
    await untilNotReady(CREDENTIAL_SETS, 'aws', 'Suspended');
    expect(agentCommands()).to.have.lengthOf(0);
    await change(CREDENTIAL_SETS, 'aws', { spec: { suspend: false } });
    await untilReady(CREDENTIAL_SETS, 'aws');
  });

  it('keeps as many finished AgentActions as its history limit says', async () => {
    const set = aCredentialSet('aws').withCredential('token', 'token').inNamespace(world().namespace).build();
    set.spec.historyLimit = 1;
    await world().api.create(CREDENTIAL_SETS, set);
    await untilReady(CREDENTIAL_SETS, 'aws');
    for (const name of ['two', 'three']) {
      await change(CREDENTIAL_SETS, 'aws', { spec: { credentials: [{ name, source: { secret: 'token' } }] } });
      await untilReady(CREDENTIAL_SETS, 'aws');
    }
    const { status } = await get(CREDENTIAL_SETS, 'aws');
    await until(CREDENTIAL_SETS, 'aws', async () => {
      const kept = (await list(AGENT_ACTIONS)).map(({ metadata }) => metadata.name);
      expect(kept).to.deep.equal([status?.action?.name]);
    });
  });

  it('that another one shadows in the same Porter namespace is told so', async () => {
    await create(aCredentialSet('first').withCredential('token', 'token'));
    await untilReady(CREDENTIAL_SETS, 'first');
    const second = aCredentialSet('second').withCredential('token', 'token').inNamespace(world().namespace).build();
    second.spec.name = 'first';
    await world().api.create(CREDENTIAL_SETS, second);
    const ready = await untilNotReady(CREDENTIAL_SETS, 'second', 'ConflictingOwner');
    expect(ready.message).to.include('first');
    expect(agentCommands()).to.have.lengthOf(1);
  });
});

describe('A ParameterSet', () => {
  it('is applied once and then Ready', async () => {
    await create(aParameterSet('sizes').withValue('name', 'large'));
    await untilReady(PARAMETER_SETS, 'sizes');
    expect(agentCommands()).to.deep.equal(['parameters apply parameters.yaml']);
    const record = await world().records.tenant(world().namespace).collection('parameters').findOne({ name: 'sizes' });
    expect(record?.['parameters']).to.deep.equal([{ name: 'name', source: { value: 'large' } }]);
  });

  it('when deleted is deleted in Porter, then gone', async () => {
    await create(aParameterSet('sizes').withValue('name', 'large'));
    await untilReady(PARAMETER_SETS, 'sizes');
    await remove(PARAMETER_SETS, 'sizes');
    await untilGone(PARAMETER_SETS, 'sizes');
    expect(agentCommands()[1]).to.equal('parameters delete -n dev sizes');
  });

  it('with the policy orphan goes without a run', async () => {
    await create(aParameterSet('sizes').withValue('name', 'large').withDeletionPolicy('orphan'));
    await untilReady(PARAMETER_SETS, 'sizes');
    await remove(PARAMETER_SETS, 'sizes');
    await untilGone(PARAMETER_SETS, 'sizes');
    expect(agentCommands()).to.have.lengthOf(1);
  });

  it('keeps a Secret’s value out of Porter’s document', async () => {
    await create(aSecret('password').withValue('s3cret'));
    await create(aParameterSet('sizes').withSecret('password', 'password'));
    await untilReady(PARAMETER_SETS, 'sizes');
    const [action] = await list(AGENT_ACTIONS);
    const document = Buffer.from(action?.spec.files?.['parameters.yaml'] ?? '', 'base64').toString();
    expect(document).to.include('secret: password').and.not.to.include('s3cret');
  });
});
