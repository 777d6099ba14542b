import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ClassOf } from '../../runtime/schema/index.js';
import { DocComments } from './doc-comments.js';

describe('The pass over API sources', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'api-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Each source with the classes that stand for its compiled module. */
  const read = (...sources: (readonly [string, ...ClassOf[]])[]): DocComments =>
    DocComments.read(
      sources.map(([source, ...classes], index) => {
        const path = join(folder, `source-${index}.ts`);
        writeFileSync(path, source);
        return { path, exports: Object.fromEntries(classes.map((one) => [one.name, one])) };
      }),
    );

  it('lifts the doc comments of classes and fields onto one line', () => {
    class Thing {}
    const docs = read([
      '/** A thing\n * of value. */\nexport class Thing {\n  /** Its\n   * name. */\n  @IsString() name!: string;\n}',
      Thing,
    ]);
    expect(docs.describe(Thing)).to.equal('A thing of value.');
    expect(docs.describe(Thing, 'name')).to.equal('Its name.');
  });

  it('finds the comment of a field in the class that declares it', () => {
    class Base {}
    class Thing extends Base {}
    const docs = read(
      ['/** Base. */\nexport class Base {\n  /** Old. */\n  @IsString() old!: string;\n}', Base],
      ['/** Thing. */\nexport class Thing extends Base {\n  /** New. */\n  @IsString() fresh!: string;\n}', Thing],
    );
    expect(docs.describe(Thing, 'old')).to.equal('Old.');
  });

  it('knows field names that are not identifiers', () => {
    class Thing {}
    const source = "/** T. */\nexport class Thing {\n  /** Driver. */\n  @IsString() 'build-driver'!: string;\n}";
    const docs = read([source, Thing]);
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
      expect(() => read([source])).to.throw(message);
    });
  }

  it('tells classes of one name in different files apart', () => {
    const one = class Thing {};
    const other = class Thing {};
    const docs = read(['/** One. */\nexport class Thing {}', one], ['/** Other. */\nexport class Thing {}', other]);
    expect([docs.describe(one), docs.describe(other)]).to.deep.equal(['One.', 'Other.']);
  });

  it('refuses a class that nothing can refer to', () => {
    expect(() => read(['/** T. */\nclass Thing {}'])).to.throw(/Thing is not exported/);
  });

  it('names the place of every defect at once', () => {
    expect(() => read([field('/** D. */ a!: string;\n/** D. */ b!: string;')])).to.throw(
      /source-0\.ts:3: Thing\.a .*\n.*source-0\.ts:4: Thing\.b /,
    );
  });
});
