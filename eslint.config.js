import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Folders of controllers/ and cmd/ that may not import one another. */
const FAMILIES = ['porter', 'gitops', 'packages', 'kestra'];
const PROGRAMS = ['manager', 'agent', 'state-store', 'porterops', 'generate'];

/** Each layer names what it may not import; a test may import anything. */
const LAYERS = [
  { target: './runtime', from: ['./api', './integrations', './controllers', './cmd'] },
  { target: './api', from: ['./integrations', './controllers', './cmd', './runtime'], except: ['./schema'] },
  {
    target: './integrations',
    from: ['./api', './controllers', './cmd', './runtime'],
    except: ['./client', './telemetry'],
  },
  { target: './controllers', from: ['./cmd'] },
];

const zones = [
  ...LAYERS.flatMap(({ target, from, except }) =>
    from.map((folder) => ({ target, from: folder, ...(folder === './runtime' && except ? { except } : {}) })),
  ),
  ...FAMILIES.map((family) => ({
    target: `./controllers/${family}`,
    from: './controllers',
    except: [`./${family}`, './agent-run'],
  })),
  ...FAMILIES.map((family) => ({ target: './controllers/agent-run', from: `./controllers/${family}` })),
  ...PROGRAMS.map((program) => ({ target: `./cmd/${program}`, from: './cmd', except: [`./${program}`] })),
  { target: './api/porter', from: ['./api/gitops', './api/packages', './api/kestra'] },
];

/** Syntax that hides what belongs together, or that only shows itself at run time. */
const RESTRICTED_SYNTAX = [
  {
    selector: 'ExportAllDeclaration',
    message: 'An index names what it exports.',
  },
  {
    // Nothing else tells the container what to pass: there is no emitted metadata.
    selector: [
      'ClassDeclaration:has(> Decorator[expression.callee.name="injectable"])',
      'ClassBody',
      'MethodDefinition[kind="constructor"]',
      'FunctionExpression',
      '.params:not(:has(> Decorator[expression.callee.name=/^(inject|multiInject)$/]))',
    ].join(' > '),
    message: 'Every constructor parameter of an injectable says by @inject what it is.',
  },
];

/** The index of a folder that a file is in itself. */
const OWN_INDEX = {
  regex: '^\\.{1,2}/(\\.\\./)*index\\.js$',
  message: 'An index is for those outside its folder; import the file itself.',
};

const VAGUE_NAMES = ['utils', 'util', 'helpers', 'helper', 'common', 'misc'].flatMap((name) => [
  `**/${name}/**`,
  `**/${name}.ts`,
  `**/*-${name}.ts`,
  `**/*.${name}.ts`,
  `**/${name}.test.ts`,
  `**/*-${name}.test.ts`,
]);

export default tseslint.config(
  { ignores: ['build/', 'dist/', 'node_modules/', 'bundle/', 'coverage/'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })] },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // API classes carry the schema; at run time objects are plain JSON of their shape.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-default-export': 'error',
      'import-x/no-self-import': 'error',
      'no-restricted-syntax': ['error', ...RESTRICTED_SYNTAX],
      'no-restricted-imports': ['error', { patterns: [OWN_INDEX] }],
      'max-lines': ['error', { max: 300, skipComments: true, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 50, skipComments: true, skipBlankLines: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      'import-x/no-restricted-paths': 'off',
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      'max-params': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['api/**/*.ts'], rules: { 'max-lines': 'off' } },
  {
    files: VAGUE_NAMES,
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Program', message: 'Name the file after the one thing it holds.' },
      ],
    },
  },
  { files: ['cmd/generate/**/*.ts', 'cmd/agent/**/*.ts'], rules: { 'no-console': 'off' } },
);
