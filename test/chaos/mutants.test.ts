import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { MUTANTS } from './mutants.js';
import { planNamed } from './plans.js';
import { WORKLOADS } from './workloads.js';

describe('Each mutant', () => {
  for (const { name, file, text, workloads, plans } of MUTANTS) {
    it(`that ${name} can still be made, and hunted`, () => {
      expect(readFileSync(`build/${file}`, 'utf8').split(text)).to.have.lengthOf(2);
      expect(WORKLOADS.map((workload) => workload.name)).to.include.members([...workloads]);
      for (const plan of plans) expect(planNamed(plan).id).to.equal(plan);
    });
  }
});
