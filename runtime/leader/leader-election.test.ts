import { expect } from 'chai';
import { FakeClock, settled } from '../../test/support/fake-clock.js';
import type { ApiRequest, Stored, Transport } from '../client/index.js';
import { ApiError, NotLeadingError, WriteFence } from '../client/index.js';
import { sleep } from '../clock/index.js';
import { Metrics, silentLogger } from '../telemetry/index.js';
import { LEASE_MS, LOOK_MS, RENEW_DEADLINE_MS, RETRY_MS } from './candidacy.js';
import { LeaderElection } from './leader-election.js';
import type { Lease } from './lease.js';

/** One Lease, with versions and the refusal of old ones. */
class LeaseServer implements Transport {
  lease: Stored<Lease> | undefined;
  writes = 0;
  /** Instead of an answer; `lose` has its effect first. */
  fault: (request: ApiRequest) => 'fail' | 'lose' | 'hang' | undefined = () => undefined;

  constructor(private readonly clock: FakeClock) {}

  async send(request: ApiRequest): Promise<string> {
    await Promise.resolve();
    const fault = this.fault(request);
    if (fault === 'hang') await sleep(this.clock, request.deadlineMs ?? 15_000, new AbortController().signal);
    const answer = fault === 'fail' || fault === 'hang' ? undefined : this.answer(request);
    if (fault !== undefined) throw new ApiError('no answer', { code: 0, reason: 'Unreachable' });
    return JSON.stringify(answer);
  }

  stream(): AsyncIterable<string> {
    throw new Error('nobody watches a lease');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Somebody takes the lease, whoever holds it. */
  usurp(holderIdentity: string): void {
    if (this.lease === undefined) throw new Error('there is no lease');
    const metadata = { ...this.lease.metadata, resourceVersion: 'usurped' };
    this.lease = { metadata, spec: { ...this.lease.spec, holderIdentity } };
  }

  private answer({ method, body }: ApiRequest): unknown {
    if (method === 'GET') return this.lease ?? refuse(404, 'NotFound');
    const given = body as Stored<Lease>;
    const current = this.lease?.metadata.resourceVersion;
    if (method === 'POST' && current !== undefined) refuse(409, 'AlreadyExists');
    if (method === 'PUT' && given.metadata.resourceVersion !== current) refuse(409, 'Conflict');
    this.writes++;
    this.lease = { ...given, metadata: { ...given.metadata, uid: 'u', resourceVersion: String(this.writes) } };
    return this.lease;
  }
}

function refuse(code: number, reason: string): never {
  throw new ApiError(reason, { code, reason });
}

describe('A leader election', () => {
  let server: LeaseServer;
  let clock: FakeClock;

  beforeEach(() => {
    clock = new FakeClock();
    server = new LeaseServer(clock);
  });

  function candidate(identity?: string) {
    const fence = new WriteFence(clock, clock);
    const metrics = new Metrics();
    const random = { next: () => 0.5 };
    const deps = { transport: server, fence, scheduler: clock, clock, random, metrics, log: silentLogger };
    const lease = { namespace: 'ops', name: 'manager' };
    const election = new LeaderElection(deps, { lease, identity });
    const stopping = new AbortController();
    const one = { election, fence, stopping, wins: false, lost: undefined as string | undefined, mayWrite, isLeading };
    void election.whenLost().then((reason) => (one.lost = reason));
    void election.win(stopping.signal).then(() => (one.wins = true));
    return one;

    function mayWrite(): boolean {
      try {
        return fence.allowance() > 0;
      } catch {
        return false;
      }
    }

    async function isLeading(): Promise<boolean> {
      const [value] = (await metrics.leading.get()).values;
      return value?.value === 1;
    }
  }

  it('is won at once where nobody holds the lease', async () => {
    const one = candidate();
    expect(one.mayWrite()).to.equal(false);
    await settled();
    expect(one.wins).to.equal(true);
    expect(one.mayWrite()).to.equal(true);
    expect(await one.isLeading()).to.equal(true);
    expect(server.lease?.spec?.holderIdentity).to.equal(one.election.identity);
  });

  it('has one winner, who keeps the lease as long as it renews', async () => {
    const [one, other] = [candidate(), candidate()];
    await clock.advance(10 * LEASE_MS);
    expect([one.wins, other.wins]).to.have.members([true, false]);
    const loser = one.wins ? other : one;
    expect(loser.mayWrite()).to.equal(false);
    expect(await loser.isLeading()).to.equal(false);
  });

  it('passes to another one within a pause when it is given up', async () => {
    const one = candidate();
    await settled();
    const other = candidate();
    await clock.advance(RETRY_MS);
    await one.election.release();
    expect(one.mayWrite()).to.equal(false);
    await clock.advance(1.2 * LOOK_MS);
    expect(other.wins).to.equal(true);
    expect(server.lease?.spec?.leaseTransitions).to.equal(1);
  });

  it('passes to another one when the leader is gone, after the whole length of the lease', async () => {
    const one = candidate();
    await settled();
    const other = candidate();
    await settled();
    const { identity } = one.election;
    server.fault = ({ body }) => ((body as Lease | undefined)?.spec?.holderIdentity === identity ? 'fail' : undefined);
    await clock.advance(LEASE_MS - 1);
    expect(other.wins).to.equal(false);
    await clock.advance(1.2 * RETRY_MS + 1);
    expect(other.wins).to.equal(true);
  });

  it('is lost by a leader that cannot renew, before anybody else can win', async () => {
    const one = candidate();
    await settled();
    server.fault = () => 'fail';
    await clock.advance(RENEW_DEADLINE_MS);
    expect(one.mayWrite()).to.equal(false);
    await clock.advance(1.2 * RETRY_MS);
    expect(one.lost).to.match(/in time/);
    expect(await one.isLeading()).to.equal(false);
  });

  it('is lost in time also when nothing answers at all', async () => {
    const one = candidate();
    await settled();
    server.fault = () => 'hang';
    await clock.advance(RENEW_DEADLINE_MS - 1);
    expect(one.lost).to.equal(undefined);
    await clock.advance(1);
    expect(one.lost).to.match(/in time/);
  });

  it('is renewed at once after a reply that was lost', async () => {
    const one = candidate();
    await settled();
    let lose = 1;
    server.fault = ({ method }) => (method === 'PUT' && lose-- > 0 ? 'lose' : undefined);
    await clock.advance(1.2 * RETRY_MS);
    expect(server.writes).to.equal(3);
    expect(one.fence.allowance()).to.be.above(RENEW_DEADLINE_MS - RETRY_MS);
  });

  it('is given up also when the reply to the last renewal was lost, or it was won while stopping', async () => {
    const one = candidate();
    await settled();
    server.fault = ({ method }) => (method === 'PUT' ? 'lose' : undefined);
    await clock.advance(1.2 * RETRY_MS);
    server.fault = () => undefined;
    await one.election.release();
    expect(server.lease?.spec?.holderIdentity).to.equal('');
    const other = candidate();
    other.stopping.abort();
    await other.election.release();
    await settled();
    expect(server.lease?.spec?.holderIdentity).to.equal('');
    expect(other.mayWrite()).to.equal(false);
  });

  it('is lost at once when somebody else holds the lease', async () => {
    const one = candidate();
    await settled();
    server.usurp('intruder');
    await clock.advance(1.2 * RETRY_MS);
    expect(one.lost).to.equal('it is held by intruder');
    expect(one.mayWrite()).to.equal(false);
    await one.election.release();
    expect(server.lease?.spec?.holderIdentity).to.equal('intruder');
  });

  it('outlives replies that are lost and a lease that is deleted', async () => {
    const one = candidate();
    await settled();
    let lose = 2;
    server.fault = ({ method }) => (method === 'PUT' && lose-- > 0 ? 'lose' : undefined);
    await clock.advance(4 * RETRY_MS);
    server.lease = undefined;
    await clock.advance(4 * RETRY_MS);
    expect(one.lost).to.equal(undefined);
    expect(one.mayWrite()).to.equal(true);
    expect(server.lease).to.have.nested.property('spec.holderIdentity', one.election.identity);
  });

  it('goes on at once after a restart in the same Pod', async () => {
    candidate('pod');
    await settled();
    const after = candidate('pod');
    await settled();
    expect(after.wins).to.equal(true);
    expect(server.lease?.spec?.leaseTransitions).to.equal(0);
  });

  it('ends when the candidate is stopped', async () => {
    candidate();
    await settled();
    const other = candidate();
    other.stopping.abort();
    await settled();
    expect(other.wins).to.equal(true);
    expect(other.mayWrite()).to.equal(false);
    await other.election.release();
    expect(server.lease?.spec?.holderIdentity).not.to.equal(other.election.identity);
  });

  it('closes the fence for a process that slept through its lease', async () => {
    const one = candidate();
    await settled();
    clock.sleepThrough(LEASE_MS);
    expect(() => one.fence.allowance()).to.throw(NotLeadingError);
  });
});
