import { expect } from 'chai';
import { databaseOf, passwordsIn } from './store-url.js';

describe('databaseOf', () => {
  const examples: [string, string][] = [
    ['mongodb://store/records', 'records'],
    ['mongodb://store/records?tls=true', 'records'],
    ['mongodb://store/team%20a', 'team a'],
    ['mongodb://store/records/', 'records'],
    ['mongodb://store', 'porter'],
    ['mongodb://store/', 'porter'],
    ['mongodb://store?tls=true', 'porter'],
    ['mongodb://store/?replicaSet=rs0', 'porter'],
    ['mongodb://me:p%40ss@one:27017,two:27018/records?replicaSet=rs0', 'records'],
    ['mongodb://me:p%40ss@one:27017,two:27018/?replicaSet=rs0', 'porter'],
    ['mongodb+srv://me:pass@cluster.example/records', 'records'],
    ['mongodb+srv://me:pass@cluster.example', 'porter'],
    ['mongodb://store/?authMechanismProperties=A:b@c/d', 'porter'],
  ];
  for (const [url, database] of examples) {
    it(`is ${database} for ${url}`, () => expect(databaseOf(url)).to.equal(database));
  }
});

describe('passwordsIn', () => {
  it('finds one as it stands in the URL and as it is meant', () => {
    expect(passwordsIn('mongodb://me:p%40ss@store/porter')).to.deep.equal(['p%40ss', 'p@ss']);
  });

  it('finds the one of a replica set with several servers', () => {
    expect(passwordsIn('mongodb://me:pass@one:27017,two:27018,three/porter?replicaSet=rs0')).to.deep.equal(['pass']);
    expect(passwordsIn('mongodb+srv://me:pass@cluster.example')).to.deep.equal(['pass']);
  });

  it('finds none where there is none', () => {
    for (const url of [
      'mongodb://store',
      'mongodb://me@store',
      'mongodb://me:@store',
      'mongodb://store/?a=b:c@d',
      '',
    ]) {
      expect(passwordsIn(url), url).to.deep.equal([]);
    }
  });

  it('keeps one that is not well encoded', () => {
    expect(passwordsIn('mongodb://me:100%@store')).to.deep.equal(['100%']);
    expect(passwordsIn('mongodb://me:p@ss@store')).to.deep.equal(['p@ss']);
  });
});
