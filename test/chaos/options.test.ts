import { expect } from 'chai';
import { Command } from 'commander';
import { chaosOptions } from './options.js';

let said = '';
function optionsOf(...argv: string[]) {
  said = '';
  const keep = (text: string) => (said += text);
  return chaosOptions(argv, new Command().configureOutput({ writeOut: keep, writeErr: keep }));
}

describe('The options of the battery', () => {
  it('are everything unless something is named', () => {
    const { workload, ...rest } = optionsOf();
    expect(workload).to.have.lengthOf(8);
    expect(rest).to.deep.equal({ seed: 1, lanes: 12, mutants: false });
  });

  it('may name workloads, plans and mutants', () => {
    const options = optionsOf('--workload', 'retry', '--workload', 'delete', '--plan', 'create/jobs/1/delay');
    expect(options).to.include({ mutants: false });
    expect(options.workload).to.deep.equal(['retry', 'delete']);
    expect(options.plan).to.deep.equal(['create/jobs/1/delay']);
    expect(optionsOf('--mutant', 'by chance').mutants).to.equal(true);
  });

  it('refuse what there is not, and say what there is', () => {
    for (const [argv, told] of [
      [['--workload', 'nosuch'], 'install, upgrade'],
      [['--plan', 'create/jobs/1/nosuch'], 'cut-after'],
      [['--mutant', 'nosuch'], 'names what it creates by chance'],
      [['--sample', '0'], 'At least 1'],
      [['--sample', 'abc'], 'whole number'],
      [['--seed', '-1'], 'whole number'],
      [['--lanes', '1.5'], 'whole number'],
      [['--nosuch'], 'unknown option'],
      [['install'], 'too many arguments'],
    ] as const) {
      expect(() => optionsOf(...argv), argv.join(' ')).to.throw();
      expect(said, argv.join(' ')).to.include(told);
    }
  });

  it('are explained, with workloads, faults and the form of plans', () => {
    expect(() => optionsOf('--help')).to.throw();
    for (const told of ['operator-upgrade', 'stale-beginning', 'VERB/RESOURCE/N/FAULT', 'Examples'])
      expect(said).to.include(told);
  });
});
