import { admissionOf, customResourceOf, schemaOf } from '../../runtime/schema/index.js';
import type { ClassOf, SchemaSources, StructuralSchema } from '../../runtime/schema/index.js';
import type { Family } from './families.js';
import { markdownFile } from './generated-file.js';
import type { GeneratedFile } from './generated-file.js';

/** Marks a type of the built-in API, which the reference names and does not repeat. */
const BUILT_IN = 'built-in:';

/** The reference page of a kind: every field with its type, default, rules and meaning. */
export function referencePage(kind: ClassOf, sources: SchemaSources): GeneratedFile {
  const resource = customResourceOf(kind);
  const schema = schemaOf(kind, { ...sources, embedded: (type) => builtIn(type, sources) });
  const { spec, status } = schema.properties ?? {};
  return markdownFile(`docs/reference/${resource.kind.toLowerCase()}.md`, [
    `# ${resource.kind}`,
    '',
    schema.description ?? '',
    '',
    `| API | name for kubectl | scope |`,
    `|---|---|---|`,
    `| \`${resource.group}/${resource.version}\` | \`${resource.plural}.${resource.group}\` | ${resource.scope} |`,
    ...filledIn(kind),
    ...section('spec', spec),
    ...section('status', status),
  ]);
}

/** The page that lists the reasons of conditions with their meaning, by API version. */
export function reasonsPage(reasons: Family['reasons']): GeneratedFile {
  const sections = Object.entries(reasons).flatMap(([version, meanings]) => [
    '',
    `## ${version}`,
    '',
    '| reason | meaning |',
    '|---|---|',
    ...Object.entries(meanings).map(([reason, meaning]) => `| ${reason} | ${cell(meaning)} |`),
  ]);
  return markdownFile('docs/reference/reasons.md', [
    '# Reasons',
    '',
    'Ready, Reconciling and Stalled carry one of these reasons; the message beside it says what is the matter in this case and what to do.',
    ...sections,
  ]);
}

/** The page that links to all others. */
export function indexPage(pages: readonly GeneratedFile[]): GeneratedFile {
  const links = pages.map(({ path, content }) => {
    const title = /^# (.*)$/m.exec(content)?.[1] ?? path;
    return `- [${title}](${path.replace('docs/reference/', '')})`;
  });
  return markdownFile('docs/reference/README.md', ['# API reference', '', ...links]);
}

/** What admission fills in that the schema does not. */
function filledIn(kind: ClassOf): string[] {
  const fields = Object.entries(admissionOf(kind).fromMetadata ?? {});
  if (fields.length === 0) return [];
  const texts = fields.map(([field, source]) => `\`spec.${field}\` is \`metadata.${source}\``);
  return ['', `Where [admission webhooks](../admission.md) are on, ${texts.join(' and ')} if it is left out.`];
}

function section(name: string, schema: StructuralSchema | undefined): string[] {
  if (schema === undefined) return [];
  const rows = rowsOf(schema, '');
  const rules = ruleLines(schema, name);
  return [
    '',
    `## ${name}`,
    '',
    schema.description ?? '',
    ...(rules.length > 0 ? ['', ...rules] : []),
    '',
    '| field | type | required, default | meaning |',
    '|---|---|---|---|',
    ...rows,
  ];
}

function rowsOf(schema: StructuralSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, field]) => {
      const path = `${prefix}${name}`;
      const required = schema.required?.includes(name) ? 'required' : '';
      const given = field.default === undefined ? required : `\`${JSON.stringify(field.default)}\``;
      const meaning = [field.description ?? '', ...ruleTexts(field), ...ruleTexts(field.items ?? {})].join(' ');
      return [`| \`${path}\` | ${typeName(field)} | ${given} | ${cell(meaning)} |`, ...below(field, path)];
    });
}

function builtIn(type: string, sources: SchemaSources): StructuralSchema {
  return { ...sources.embedded?.(type), type: 'object', format: `${BUILT_IN}${type}` };
}

function below(field: StructuralSchema, path: string): string[] {
  if (field.format?.startsWith(BUILT_IN)) return [];
  if (field.items !== undefined) return below(field.items, `${path}[]`);
  if (field.additionalProperties !== undefined) return below(field.additionalProperties, `${path}.<name>`);
  return rowsOf(field, `${path}.`);
}

function typeName(schema: StructuralSchema): string {
  if (schema.items !== undefined) return `list of ${typeName(schema.items)}`;
  if (schema.additionalProperties !== undefined) return `map of ${typeName(schema.additionalProperties)}`;
  if (schema.format?.startsWith(BUILT_IN)) return `core/v1 ${schema.format.slice(BUILT_IN.length)}`;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema['x-kubernetes-preserve-unknown-fields']) return 'any object';
  return schema.format ?? schema.type ?? '';
}

function ruleLines(schema: StructuralSchema, name: string): string[] {
  return ruleTexts(schema).map((text) => `- \`${name}\`: ${text}`);
}

/** What rules demand, as sentences; the message of a rule is one. */
function ruleTexts(schema: StructuralSchema): string[] {
  return (schema['x-kubernetes-validations'] ?? []).map(({ message }) => `_Rule: ${message}._`);
}

/** Text for a cell of a table. */
export function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
