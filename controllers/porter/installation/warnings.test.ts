import { expect } from 'chai';
import type { Bundle } from '../../../integrations/porter/index.js';
import { aSnapshot } from '../../../test/support/installation-snapshot.js';
import { bundleOf, parametersWarning } from './warnings.js';

const bundle = {
  parameters: { name: { definition: 'name' }, password: { definition: 'password' } },
  definitions: { name: { type: 'string' }, password: { type: 'string', writeOnly: true } },
} as unknown as Bundle;
const warningOf = (parameters: Record<string, unknown>) =>
  parametersWarning(aSnapshot().withSpec({ parameters }).build().object.spec, bundle);

describe('parametersWarning', () => {
  it('has nothing to say about known, public parameters', () => {
    expect(warningOf({ name: 'x' })).to.equal(null);
  });

  it('names a parameter that the bundle does not have, and those it has', () => {
    expect(warningOf({ nmae: 'x' }))
      .to.have.property('message')
      .that.matches(/nmae.*It has: name, password\./);
  });

  it('names a sensitive parameter, never its value', () => {
    const warning = warningOf({ password: 's3cret' });
    expect(warning).to.include({ reason: 'SensitiveParameterInline' });
    expect(warning?.message).to.include('password').and.not.to.include('s3cret');
  });

  it('is not led astray by names that every object has', () => {
    expect(warningOf({ constructor: 'x' })).to.include({ reason: 'UnknownParameter' });
  });

  it('bears a definition that cannot be read', () => {
    expect(bundleOf('no json')).to.equal(undefined);
  });
});
