import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { DocumentError, readCredentialSet, readInstallation, readParameterSet } from './document-reader.js';
import { writeCredentialSet, writeInstallation, writeParameterSet, writePorterConfig } from './document-writer.js';

const shop = {
  schemaVersion: '1.0.2',
  name: 'shop',
  namespace: 'prod',
  bundle: { repository: 'reg.example/shop', version: '1.4.0' },
  labels: { tier: 'web' },
  credentialSets: ['aws'],
  parameters: { replicas: 3, debug: true },
};

describe('writing installation.yaml', () => {
  it('writes what Porter itself would, keys in its order', () => {
    expect(writeInstallation(shop)).to.equal(`schemaVersion: 1.0.2
name: shop
namespace: prod
bundle:
    repository: reg.example/shop
    version: 1.4.0
labels:
    tier: web
credentialSets:
    - aws
parameters:
    debug: true
    replicas: 3
`);
  });

  it('puts uninstalled after the namespace and keeps an empty namespace', () => {
    const text = writeInstallation({ ...shop, namespace: '', uninstalled: true });
    expect(text).to.match(/^schemaVersion: 1.0.2\nname: shop\nnamespace: ""\nuninstalled: true\nbundle:/);
  });

  it('quotes strings that a YAML 1.1 reader would take for something else', () => {
    const parameters = { a: 'yes', b: '2024-01-01', c: '0777', d: '1_000', e: '1e3', f: 'null', g: '12:30:45' };
    expect(writeInstallation({ ...shop, parameters }).match(/: "/g)).to.have.length(7);
  });

  it('is read back as it was, whatever the values are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (parameters) => {
        const read = readInstallation(writeInstallation({ ...shop, parameters }));
        expect(JSON.stringify(sorted(read.parameters))).to.equal(JSON.stringify(sorted(parameters)));
      }),
    );
  });
});

function sorted(value: unknown): unknown {
  return Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('writing sets and configuration', () => {
  it('writes an empty credential set with its empty list', () => {
    const text = writeCredentialSet({ schemaVersion: '1.0.1', name: 'c', namespace: '', credentials: [] });
    expect(text).to.equal('schemaVersion: 1.0.1\nname: c\nnamespace: ""\ncredentials: []\n');
  });

  it('leaves an empty source member out', () => {
    const parameters = [{ name: 'a', source: { secret: '', value: 'x' } }];
    const text = writeParameterSet({ schemaVersion: '1.0.1', name: 'p', namespace: 'dev', parameters });
    expect(parse(text)).to.deep.include({ parameters: [{ name: 'a', source: { value: 'x' } }] });
  });

  it('writes config.yaml in Porter’s order without what is unset', () => {
    const text = writePorterConfig({
      'default-storage': 'state',
      verbosity: '',
      storage: [{ name: 'state', plugin: 'mongodb', config: { url: 'mongodb://x', timeout: 60 } }],
      secrets: [{ name: 'k8s', plugin: 'kubernetes.secrets', config: {} }],
    });
    expect(text).to.equal(`default-storage: state
storage:
    - config:
          url: mongodb://x
          timeout: 60
      name: state
      plugin: mongodb
secrets:
    - name: k8s
      plugin: kubernetes.secrets
`);
  });
});

describe('reading documents', () => {
  const wrong: [string, string, RegExp][] = [
    ['no YAML', 'a: [', /no YAML/],
    ['a list', '- a', /not a map/],
    [
      'another schema',
      'schemaVersion: 1.0.0\nname: a',
      /the schema version is 1.0.0 but the supported schema version is 1.0.2/,
    ],
    [
      'a document of another type',
      'schemaType: CredentialSet\nschemaVersion: 1.0.2\nname: a',
      /invalid schemaType CredentialSet, expected Installation/,
    ],
    ['no name', 'schemaVersion: 1.0.2', /name is missing/],
    ['a map for a name', 'schemaVersion: 1.0.2\nname: {}', /name is not a string/],
    ['text for a flag', 'schemaVersion: 1.0.2\nname: a\nuninstalled: maybe', /uninstalled is not a boolean/],
    ['a name for names', 'schemaVersion: 1.0.2\nname: a\ncredentialSets: x', /credentialSets is not a list of names/],
    ['a list for parameters', 'schemaVersion: 1.0.2\nname: a\nparameters: [1]', /parameters is not a map/],
    ['a key twice', 'schemaVersion: 1.0.2\nname: a\nname: b', /no YAML/],
  ];
  for (const [what, text, message] of wrong) {
    it(`refuses ${what}`, () => expect(() => readInstallation(text)).to.throw(DocumentError, message));
  }

  it('falls back to the namespace of the command line only when the document has none', () => {
    const bundle = 'bundle: {repository: r}';
    expect(readInstallation(`schemaVersion: 1.0.2\nname: a\n${bundle}`, 'dev').namespace).to.equal('dev');
    expect(readInstallation(`schemaVersion: 1.0.2\nname: a\nnamespace: ""\n${bundle}`, 'dev').namespace).to.equal('');
  });

  it('wants exactly one known source for each value', () => {
    const set = (source: string) => `schemaVersion: 1.0.1\nname: c\ncredentials: [{name: a, source: ${source}}]`;
    expect(readCredentialSet(set('{secret: x}')).credentials).to.deep.equal([{ name: 'a', source: { secret: 'x' } }]);
    for (const source of ['{}', '{secret: x, env: Y}', '{vault: x}']) {
      expect(() => readCredentialSet(set(source)), source).to.throw(
        DocumentError,
        /credentials\[0\]: source needs exactly one/,
      );
    }
  });

  it('takes what a document says of its type in any case', () => {
    const text = 'schemaType: credentialset\nschemaVersion: 1.0.1\nname: c';
    expect(readCredentialSet(text).name).to.equal('c');
    expect(() => readParameterSet(text)).to.throw(
      DocumentError,
      /invalid schemaType credentialset, expected ParameterSet/,
    );
  });

  it('accepts both schemas of parameter sets', () => {
    for (const version of ['1.0.1', '1.1.0']) {
      const text = `schemaVersion: ${version}\nname: p\nparameters: [{name: a, source: {value: [1, 2]}}]`;
      expect(readParameterSet(text).parameters[0]?.source.value).to.deep.equal([1, 2]);
    }
  });
});
