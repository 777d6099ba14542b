import { expect } from 'chai';
import { credentialsDelete, installationApply, installationDelete } from './commands.js';

describe('command lines', () => {
  it('are the ones that the Go operator gives to the agent', () => {
    expect(installationApply()).to.deep.equal(['installation', 'apply', 'installation.yaml']);
    expect(credentialsDelete({ namespace: 'dev', name: 'c' })).to.deep.equal([
      'credentials',
      'delete',
      '-n',
      'dev',
      'c',
    ]);
  });

  it('force only when told', () => {
    expect(installationApply({ force: true })).to.deep.equal(['installation', 'apply', 'installation.yaml', '--force']);
    expect(installationDelete({ namespace: 'dev', name: 'a', force: false })).to.not.include('--force');
  });

  it('never take a name for a flag', () => {
    expect(installationDelete({ namespace: '', name: '--all' })).to.deep.equal([
      'installation',
      'delete',
      '-n',
      '',
      '--',
      '--all',
    ]);
  });
});
