import { expect } from 'chai';
import {
  actionOf,
  BundleError,
  isFile,
  isInternalParameter,
  isSensitiveParameter,
  parseBundle,
  type Bundle,
} from './bundle.js';
import { composeCredentials } from './bundle-credentials.js';
import { parameterText, resolveParameters, ValueError, valuesDigest } from './bundle-parameters.js';

function aBundle(parts: object = {}): Bundle {
  return parseBundle(
    JSON.stringify({
      schemaVersion: '1.2.0',
      name: 'hello',
      version: '0.3.0',
      invocationImages: [{ image: 'reg.example/hello:inv' }],
      definitions: {
        text: { type: 'string', default: 'world', maxLength: 8 },
        count: { type: 'integer', minimum: 1 },
        ratio: { type: 'number' },
        flag: { type: 'boolean', default: false },
        list: { type: 'array', items: { type: 'string' } },
        secret: { type: 'string', writeOnly: true },
        file: { type: 'string', contentEncoding: 'base64' },
        debug: {
          type: 'boolean',
          $comment: 'porter-internal',
          $id: 'https://porter.sh/generated-bundle/#porter-debug',
          default: false,
        },
      },
      parameters: {
        name: { definition: 'text', destination: { env: 'NAME' } },
        count: { definition: 'count', destination: { env: 'COUNT' }, required: true },
        ratio: { definition: 'ratio', destination: { env: 'RATIO' } },
        flag: { definition: 'flag', destination: { env: 'FLAG' } },
        list: { definition: 'list', destination: { path: '/list.json' } },
        password: { definition: 'secret', destination: { env: 'PASSWORD' }, applyTo: ['install'] },
        state: { definition: 'file', destination: { path: '/porter/state.tgz' } },
        'porter-debug': { definition: 'debug', destination: { env: 'PORTER_DEBUG' } },
      },
      credentials: {
        token: { env: 'TOKEN', required: true },
        kube: { path: '/kube', applyTo: ['upgrade'], required: true },
        extra: { env: 'EXTRA' },
      },
      actions: { status: { modifies: false } },
      requiredExtensions: ['sh.porter.file-parameters'],
      ...parts,
    }),
  );
}

const given = (values: object) => new Map(Object.entries({ count: 1, ...values }));
const resolved = (values: object, action = 'install') =>
  Object.fromEntries(resolveParameters(aBundle(), action, given(values)));

describe('parseBundle', () => {
  it('refuses what is no bundle', () => {
    for (const text of ['', '[]', '{}', '{"schemaVersion":"1","name":"a","version":"1","invocationImages":[]}']) {
      expect(() => parseBundle(text), text).to.throw(BundleError);
    }
    expect(() => aBundle({ parameters: [] })).to.throw(BundleError, /parameters is not an object/);
    expect(() => aBundle({ outputs: { a: 1 } })).to.throw(BundleError, /outputs has an entry/);
  });

  it('knows sensitive, internal and file parameters, and no inherited names', () => {
    const bundle = aBundle();
    expect(isSensitiveParameter(bundle, 'password')).to.equal(true);
    expect(isSensitiveParameter(bundle, 'constructor')).to.equal(false);
    expect(isInternalParameter(bundle, 'porter-debug')).to.equal(true);
    expect(isFile(bundle, bundle.definitions!['file']!)).to.equal(true);
    expect(isFile(aBundle({ requiredExtensions: [] }), bundle.definitions!['file']!)).to.equal(false);
    const byPorter = aBundle({ requiredExtensions: [], custom: { 'sh.porter': {} } });
    expect(isFile(byPorter, bundle.definitions!['file']!)).to.equal(true);
  });

  it('knows its own actions and the three that always exist', () => {
    expect(actionOf(aBundle(), 'uninstall').modifies).to.equal(true);
    expect(actionOf(aBundle(), 'status').modifies).to.equal(false);
    expect(() => actionOf(aBundle(), 'toString')).to.throw(BundleError, /invalid action 'toString'/);
  });
});

describe('resolveParameters', () => {
  it('takes what is given before defaults, and nothing before no value', () => {
    expect(resolved({ name: 'two' })).to.deep.equal({
      name: 'two',
      count: 1,
      ratio: '',
      flag: false,
      list: '',
      password: '',
      state: null,
      'porter-debug': false,
    });
  });

  it('converts text to the type of the definition', () => {
    expect(resolved({ count: '7', ratio: '0.5', flag: 'TRUE', list: '["a"]' })).to.deep.include({
      count: 7,
      ratio: 0.5,
      flag: true,
      list: ['a'],
    });
  });

  it('takes every value for text first, as Porter does', () => {
    expect(resolved({ name: 1.1, count: 7.0, flag: 'False', ratio: '1e3' })).to.deep.include({
      name: '1.1',
      count: 7,
      flag: false,
      ratio: 1000,
    });
    expect(resolved({ name: { b: 1 } })['name']).to.equal('{"b":1}');
    expect(resolved({ name: null })['name']).to.equal('');
  });

  it('leaves out what does not apply to the action', () => {
    expect(resolved({}, 'upgrade')).to.not.have.property('password');
  });

  const wrong: [string, object, RegExp][] = [
    [
      'an unknown name, saying which exist',
      { nmae: 'x' },
      /parameter nmae not defined in bundle hello 0.3.0; it has: count, flag/,
    ],
    ['text that is no integer', { count: '1.5' }, /unable to convert parameter count to its type integer/],
    ['an integer that cannot be carried', { count: '12345678901234567890' }, /unable to convert parameter count/],
    ['text that is no boolean', { flag: 'yes' }, /unable to convert parameter flag/],
    ['text that is no JSON', { list: '[a]' }, /unable to convert parameter list/],
    ['a value below the minimum', { count: 0 }, /parameter count does not satisfy its definition: it should be >= 1/],
    ['a number in a form of programs', { ratio: '0x10' }, /unable to convert parameter ratio to its type number/],
    ['a number with blanks', { ratio: ' 5' }, /unable to convert parameter ratio/],
    ['no value where text would not do', { flag: null }, /unable to convert parameter flag/],
    ['no value in the words of JSON', { list: 'null' }, /unable to convert parameter list/],
    ['a value of another type', { list: { a: 1 } }, /parameter list does not satisfy its definition/],
    ['a list of the wrong items', { list: [1] }, /parameter list does not satisfy/],
  ];
  for (const [what, values, message] of wrong) {
    it(`refuses ${what}`, () => expect(() => resolved(values)).to.throw(ValueError, message));
  }

  it('never shows the value it refuses', () => {
    expect(() => resolved({ name: 'hunter2-and-more' }))
      .to.throw(ValueError)
      .with.property('message')
      .that.does.not.include('hunter2');
  });

  it('names a required parameter that is missing', () => {
    expect(() => resolveParameters(aBundle(), 'install', new Map())).to.throw(
      ValueError,
      /parameter "count" is required/,
    );
  });

  it('takes no default for a required parameter', () => {
    const parameters = { name: { definition: 'text', destination: { env: 'NAME' }, required: true } };
    expect(() => resolveParameters(aBundle({ parameters }), 'install', new Map())).to.throw(
      ValueError,
      /parameter "name" is required/,
    );
  });

  it('names a definition that is no schema', () => {
    const bundle = aBundle({ definitions: { ...aBundle().definitions, text: { type: 'nonsense' } } });
    expect(() => resolveParameters(bundle, 'install', given({ name: 'a' }))).to.throw(
      ValueError,
      /definition of parameter name is no valid schema/,
    );
  });
});

describe('parameterText', () => {
  it('writes text as it is, everything else as JSON, and nothing as nothing', () => {
    expect(['a b', 5, true, ['x'], { b: 1, a: { d: [], c: 2 } }, null, undefined].map(parameterText)).to.deep.equal([
      'a b',
      '5',
      'true',
      '["x"]',
      '{"a":{"c":2,"d":[]},"b":1}',
      '',
      '',
    ]);
  });
});

describe('valuesDigest', () => {
  it('does not depend on the order', () => {
    const entries = ['b', 'a'].map((name) => ({ name, strategy: 'value', hint: name, resolvedValue: name }));
    expect(valuesDigest(entries)).to.equal(valuesDigest([...entries].reverse()));
    expect(valuesDigest([])).to.equal('');
  });
});

describe('composeCredentials', () => {
  const entry = (name: string, secret: string) => ({ name, source: { secret } });

  it('takes what the action asks for, later sets first', () => {
    const sets = [[entry('token', 'one'), entry('other', 'x')], [entry('token', 'two')]];
    expect(composeCredentials(aBundle(), 'install', sets)).to.deep.equal([entry('token', 'two')]);
  });

  it('names every required credential that no set has', () => {
    expect(() => composeCredentials(aBundle(), 'upgrade', [])).to.throw(
      ValueError,
      /missing required credential "token", "kube"/,
    );
  });
});
