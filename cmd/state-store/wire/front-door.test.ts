import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import { eventually } from '../../../test/support/eventually.js';
import { FrontDoor } from './front-door.js';

describe('FrontDoor', () => {
  const sockets: Socket[] = [];
  let door: FrontDoor;
  let port = 0;

  beforeEach(async () => {
    door = new FrontDoor();
    port = await door.listen({ host: '127.0.0.1', port: 0 });
  });

  afterEach(() => {
    door.close();
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  /** A client that has said something already. */
  async function arrived(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write('hello');
    return socket;
  }
  const someoneWaits = () => eventually('somebody waits', () => door.isWaitedAt);
  const echo = (socket: Socket): void => void socket.pipe(socket);
  const heard = async (socket: Socket): Promise<string> => String(((await once(socket, 'data')) as [Buffer])[0]);

  it('serves those who waited and those who come later, from their first word on', async () => {
    const [early, other] = [await arrived(), await arrived()];
    const gone = await arrived();
    gone.resetAndDestroy();
    await new Promise(setImmediate);
    door.open(echo);
    expect(await Promise.all([heard(early), heard(other), heard(await arrived())])).to.deep.equal([
      'hello',
      'hello',
      'hello',
    ]);
    expect(door.isWaitedAt).to.equal(false);
  });

  it('leads those who wait to another door', async () => {
    const other = createServer(echo).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const client = await arrived();
    await someoneWaits();
    door.leadOn('127.0.0.1', (other.address() as AddressInfo).port);
    expect([await heard(client), door.isWaitedAt]).to.deep.equal(['hello', false]);
    client.end();
    await once(client, 'close');
    other.close();
  });

  it('sends those away who are led to where nobody is, or still wait when it closes', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port: nowhere } = free.address() as AddressInfo;
    free.close();
    const led = await arrived();
    await someoneWaits();
    const ended = once(led, 'error');
    door.leadOn('127.0.0.1', nowhere);
    expect(((await ended) as [Error])[0]).to.have.property('code', 'ECONNRESET');
    const waiting = await arrived();
    await someoneWaits();
    const closed = once(waiting, 'error');
    door.close();
    expect(((await closed) as [Error])[0]).to.have.property('code', 'ECONNRESET');
  });
});
