import { expect } from 'chai';
import { CREDENTIAL_SETS } from '../../api/porter/v1/resources.js';
import { aCredentialSet, aSecret } from '../support/builders.js';
import { failsBeforeTheRun } from '../support/pod-plays.js';
import {
  afterOperatorHasLooked,
  agentCommands,
  condition,
  create,
  get,
  script,
  until,
  untilNotReady,
  untilReady,
} from './world.js';

describe('The run of a CredentialSet that failed', () => {
  beforeEach(async () => {
    await create(aSecret('token').withValue('s3cret'));
  });

  it('because the store went away is made again by itself', async () => {
    script(failsBeforeTheRun('could not read storage schema document: server selection error: no answer'));
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    // The operator itself may say, too, that the store does not answer: that of an earlier test was taken away.
    const failed = await until(CREDENTIAL_SETS, 'aws', (set) =>
      Boolean(condition(set, 'Ready')?.message.includes('by itself')),
    );
    expect(condition(failed, 'Ready')?.reason).to.equal('StateStoreUnavailable');
    expect(condition(failed, 'Reconciling')?.status).to.equal('True');
    const { status } = await untilReady(CREDENTIAL_SETS, 'aws');
    expect(status?.completed).to.include({ attempt: 2, result: 'Succeeded' });
    expect(agentCommands()).to.have.lengthOf(2);
  });

  it('for a reason that time cannot mend waits for somebody', async () => {
    script(failsBeforeTheRun('Error: the document is wrong'));
    await create(aCredentialSet('aws').withCredential('token', 'token'));
    await untilNotReady(CREDENTIAL_SETS, 'aws', 'AgentFailed');
    expect(condition(await get(CREDENTIAL_SETS, 'aws'), 'Stalled')?.status).to.equal('True');
    await afterOperatorHasLooked(() => expect(agentCommands()).to.have.lengthOf(1));
  });
});
