import { readFileSync } from 'node:fs';
import ts from 'typescript';
import type { ClassOf } from '../../runtime/schema/index.js';
import { docTextOf } from './doc-text.js';

/** A source file, and what its compiled module exports. */
export interface SourceFile {
  readonly path: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

interface ClassDocs {
  readonly description: string;
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Doc comments of API classes, and the check of everything that decorator metadata cannot show. Classes of different
 * files may have the same name.
 */
export class DocComments {
  private constructor(private readonly classes: ReadonlyMap<unknown, ClassDocs>) {}

  /** Reads the classes of these source files; throws one error that names every defect with its place. */
  static read(files: readonly SourceFile[]): DocComments {
    const classes = new Map<unknown, ClassDocs>();
    const problems: string[] = [];
    for (const { path, exports } of files) {
      for (const declaration of classesIn(path)) {
        const name = declaration.name?.text ?? '';
        if (!(name in exports)) problems.push(problem(declaration, `${name} is not exported`));
        problems.push(...problemsOf(declaration));
        classes.set(exports[name], docsOf(declaration));
      }
    }
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return new DocComments(classes);
  }

  /** The description of a class, or of a field that it has or inherits. */
  describe(owner: ClassOf, field?: string): string | undefined {
    const docs = this.classes.get(owner);
    if (field === undefined) return docs?.description;
    const own = docs?.fields.get(field);
    const parent = Object.getPrototypeOf(owner) as ClassOf | null;
    return own ?? (parent?.name ? this.describe(parent, field) : undefined);
  }
}

function classesIn(file: string): ts.ClassDeclaration[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isClassDeclaration);
}

function docsOf(declaration: ts.ClassDeclaration): ClassDocs {
  const fields = declaration.members.filter(ts.isPropertyDeclaration);
  return {
    description: docTextOf(declaration) ?? '',
    fields: new Map(fields.map((field) => [nameOf(field), docTextOf(field) ?? ''])),
  };
}

function problemsOf(declaration: ts.ClassDeclaration): string[] {
  const name = declaration.name?.text ?? 'a class without a name';
  const missing = docTextOf(declaration) === undefined ? [problem(declaration, `${name} has no doc comment`)] : [];
  return [
    ...missing,
    ...declaration.members.flatMap((member) =>
      ts.isPropertyDeclaration(member)
        ? fieldProblems(name, member)
        : [problem(member, `${name} is an API class: it has fields only`)],
    ),
  ];
}

function fieldProblems(owner: string, field: ts.PropertyDeclaration): string[] {
  const decorators = (ts.getDecorators(field) ?? []).map(decoratorName);
  const optional = decorators.includes('IsOptional');
  const mayBeAbsent = optional || decorators.includes('Default');
  const checks: readonly (readonly [boolean, string])[] = [
    [decorators.length === 0, 'has no decorator: it would be missing from the schema'],
    [docTextOf(field) === undefined, 'has no doc comment'],
    [field.initializer !== undefined, 'has an initialiser; use @Default'],
    [field.questionToken !== undefined && !mayBeAbsent, 'is optional for the compiler only: add @IsOptional()'],
    [field.questionToken === undefined && optional, 'is optional in the schema only: write it with ?'],
  ];
  return checks
    .filter(([failed]) => failed)
    .map(([, message]) => problem(field, `${owner}.${nameOf(field)} ${message}`));
}

function decoratorName(decorator: ts.Decorator): string {
  const { expression } = decorator;
  return ts.isCallExpression(expression) ? expression.expression.getText() : expression.getText();
}

function nameOf(field: ts.PropertyDeclaration): string {
  return ts.isStringLiteral(field.name) ? field.name.text : field.name.getText();
}

function problem(node: ts.Node, message: string): string {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  return `${source.fileName}:${line + 1}: ${message}`;
}
