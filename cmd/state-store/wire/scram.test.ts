import { expect } from 'chai';
import { ScramError, ScramExchange, parseClientFirst, scramCredential } from './scram.js';

/** The example of RFC 7677 §3. */
const RFC = {
  first: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  final: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

async function exchange(password = 'pencil'): Promise<ScramExchange> {
  const credential = await scramCredential(password, Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096);
  return new ScramExchange(parseClientFirst(RFC.first), credential, RFC.serverNonce);
}

describe('SCRAM-SHA-256', () => {
  it('answers the first message as in the example of RFC 7677', async () => {
    expect((await exchange()).serverFirst).to.equal(RFC.serverFirst);
  });

  it('accepts the proof of the example and proves itself in turn', async () => {
    expect((await exchange()).finish(RFC.final)).to.equal(RFC.serverFinal);
  });

  it('does not accept the proof of another password', async () => {
    const other = await exchange('Pencil');
    expect(() => other.finish(RFC.final)).to.throw(ScramError);
  });

  const wrong: Record<string, string> = {
    'another nonce': RFC.final.replace('EkqO%', 'EkqX%'),
    'channel binding that was not agreed': RFC.final.replace('c=biws', 'c=eSws'),
    'a proof of another length': RFC.final.replace(/p=.*/, 'p=AAAA'),
    'no proof': RFC.final.replace(/,p=.*/, ''),
    nothing: '',
  };
  for (const [what, final] of Object.entries(wrong)) {
    it(`refuses ${what}`, async () => {
      const one = await exchange();
      expect(() => one.finish(final)).to.throw(ScramError);
    });
  }

  it('makes a nonce of its own for each login', async () => {
    const credential = await scramCredential('pencil', Buffer.alloc(16), 4096);
    const first = parseClientFirst(RFC.first);
    const nonces = new Set(Array.from({ length: 20 }, () => new ScramExchange(first, credential).serverFirst));
    expect(nonces.size).to.equal(20);
  });

  it('reads commas and equal signs in user names', () => {
    expect(parseClientFirst('n,,n=a=2Cb=3Dc,r=x').user).to.equal('a,b=c');
  });

  for (const first of [
    '',
    'n=user,r=x',
    'p=tls-unique,,n=user,r=x',
    'n,a=admin,n=user,r=x',
    'n,,n=user',
    'n,,n=a=2X,r=x',
    'n,,m=ext,n=user,r=x',
  ]) {
    it(`refuses the first message '${first}'`, () => {
      expect(() => parseClientFirst(first)).to.throw(ScramError);
    });
  }
});
