import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DocComments } from './doc-comments.js';

describe('The pass over API sources', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'api-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (...sources: string[]): DocComments =>
    DocComments.read(
      sources.map((source, index) => {
        const file = join(folder, `source-${index}.ts`);
        writeFileSync(file, source);
        return file;
      }),
    );

  it('lifts the doc comments of classes and fields onto one line', () => {
    class Thing {}
    const docs = read(
      '/** A thing\n * of value. */\nexport class Thing {\n  /** Its\n   * name. */\n  @IsString() name!: string;\n}',
    );
    expect(docs.describe(Thing)).to.equal('A thing of value.');
    expect(docs.describe(Thing, 'name')).to.equal('Its name.');
  });

  it('finds the comment of a field in the class that declares it', () => {
    class Base {}
    class Thing extends Base {}
    const docs = read(
      '/** Base. */\nexport class Base {\n  /** Old. */\n  @IsString() old!: string;\n}',
      '/** Thing. */\nexport class Thing extends Base {\n  /** New. */\n  @IsString() fresh!: string;\n}',
    );
    expect(docs.describe(Thing, 'old')).to.equal('Old.');
  });

  it('knows field names that are not identifiers', () => {
    class Thing {}
    const docs = read("/** T. */\nexport class Thing {\n  /** Driver. */\n  @IsString() 'build-driver'!: string;\n}");
    expect(docs.describe(Thing, 'build-driver')).to.equal('Driver.');
  });

  const field = (text: string): string => `/** T. */\nexport class Thing {\n${text}\n}`;
  const defects: readonly (readonly [string, string, RegExp])[] = [
    ['a field without decorators', field('/** D. */ name!: string;'), /Thing\.name has no decorator/],
    ['a field without a comment', field('@IsString() name!: string;'), /Thing\.name has no doc comment/],
    ['a class without a comment', 'export class Thing {}', /Thing has no doc comment/],
    ['an initialiser', field("/** D. */ @IsString() name = 'x';"), /Thing\.name has an initialiser/],
    [
      'a field that only the compiler calls optional',
      field('/** D. */ @IsString() name?: string;'),
      /Thing\.name is optional for the compiler only/,
    ],
    [
      'a field that only the schema calls optional',
      field('/** D. */ @IsOptional() @IsString() name!: string;'),
      /Thing\.name is optional in the schema only/,
    ],
    ['a method', field('/** D. */ hello(): void {}'), /Thing is an API class: it has fields only/],
    ['a getter', field('/** D. */ get hello(): string { return ""; }'), /Thing is an API class: it has fields only/],
  ];
  for (const [what, source, message] of defects) {
    it(`refuses ${what}`, () => {
      expect(() => read(source)).to.throw(message);
    });
  }

  it('refuses two classes of one name', () => {
    expect(() => read('/** T. */\nexport class Thing {}', '/** T. */\nexport class Thing {}')).to.throw(
      /class Thing is also in/,
    );
  });

  it('names the place of every defect at once', () => {
    expect(() => read(field('/** D. */ a!: string;\n/** D. */ b!: string;'))).to.throw(
      /source-0\.ts:3: Thing\.a .*\n.*source-0\.ts:4: Thing\.b /,
    );
  });
});
