import { expect } from 'chai';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  Default,
  Embedded,
  Format,
  ListMapKeys,
  MapOf,
  MaxProperties,
  PreserveUnknown,
  StructAtomic,
  ValueMaxLength,
} from './field-decorators.js';
import type { ClassOf } from './metadata.js';
import { CelRule, ExactlyOneOf, Immutable } from './rule-decorators.js';
import { schemaOf } from './schema-of.js';

@StructAtomic()
@ExactlyOneOf(['name', 'label'], 'name it or label it')
class Part {
  @IsString() name!: string;
  @IsOptional() @IsString() label?: string;
}

class Inherited {
  @Default(false) @IsBoolean() old?: boolean;
}

class Everything extends Inherited {
  @IsString() @MinLength(1) @MaxLength(9) @Matches(/^[a-z]+$/) text!: string;
  @IsString() @Matches(/^a\/b$/, { message: 'write a/b' }) @CelRule('self != ""', 'not empty') told!: string;
  @IsInt() @Format('int32') @Min(1) @Max(5) whole!: number;
  @IsNumber() fraction!: number;
  @IsIn(['A', 'B']) letter!: 'A' | 'B';
  @Default(3) @IsInt() given?: number;
  @IsOptional() @IsString() @Immutable('it stays') fixed?: string;
  @IsOptional() @IsObject() @PreserveUnknown() free?: object;
  @IsOptional() @MapOf('string') @MaxProperties(2) @ValueMaxLength(7) texts?: Record<string, string>;
  @IsOptional() @MapOf('byte') files?: Record<string, string>;
  @IsOptional() @MapOf(() => Part) parts?: Record<string, Part>;
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(4)
  @IsString({ each: true })
  @MaxLength(5, { each: true })
  words?: string[];
  @IsOptional() @IsArray() @ArrayUnique() @IsString({ each: true }) set?: string[];
  @IsOptional() @IsArray() @IsInt({ each: true }) numbers?: number[];
  @IsOptional() @IsArray() @ListMapKeys('name') @ValidateNested({ each: true }) @Type(() => Part) list?: Part[];
  @ValidateNested() @Type(() => Part) part!: Part;
  @IsOptional() @IsArray() @Embedded('EnvVar') env?: object[];
}

const PART = {
  type: 'object',
  properties: { name: { type: 'string' }, label: { type: 'string' } },
  required: ['name'],
  'x-kubernetes-map-type': 'atomic',
  'x-kubernetes-validations': [
    { rule: '[has(self.name), has(self.label)].filter(set, set).size() == 1', message: 'name it or label it' },
  ],
};

const GOLDEN = {
  old: { type: 'boolean', default: false },
  text: { type: 'string', minLength: 1, maxLength: 9, pattern: '^[a-z]+$' },
  told: {
    type: 'string',
    'x-kubernetes-validations': [
      { rule: 'self.matches("^a/b$")', message: 'write a/b' },
      { rule: 'self != ""', message: 'not empty' },
    ],
  },
  whole: { type: 'integer', format: 'int32', minimum: 1, maximum: 5 },
  fraction: { type: 'number' },
  letter: { type: 'string', enum: ['A', 'B'] },
  given: { type: 'integer', default: 3 },
  fixed: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'it stays' }] },
  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  texts: {
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 7 },
    maxProperties: 2,
  },
  files: { type: 'object', additionalProperties: { type: 'string', format: 'byte' } },
  parts: { type: 'object', additionalProperties: PART },
  words: { type: 'array', minItems: 1, maxItems: 4, items: { type: 'string', maxLength: 5 } },
  set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
  numbers: { type: 'array', items: { type: 'integer' } },
  list: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: PART },
  part: PART,
  env: { type: 'array', items: { type: 'object', description: 'EnvVar' } },
};

const embedded = (type: string) => ({ type: 'object' as const, description: type });

describe('The schema of a class', () => {
  const schema = schemaOf(Everything, { embedded });

  for (const [field, golden] of Object.entries(GOLDEN)) {
    it(`says of ${field} what its decorators say`, () => {
      expect(schema.properties?.[field]).to.deep.equal(golden);
    });
  }

  it('contains all fields, inherited ones too, and no other', () => {
    expect(Object.keys(schema.properties ?? {}).sort()).to.deep.equal(Object.keys(GOLDEN).sort());
  });

  it('requires what is neither optional nor has a default', () => {
    expect(schema.required).to.deep.equal(['fraction', 'letter', 'part', 'text', 'told', 'whole']);
  });

  it('takes the descriptions of classes and fields from the given source', () => {
    const described = schemaOf(Part, { describe: (owner, field) => `${owner.name} ${field ?? 'itself'}` });
    expect(described.description).to.equal('Part itself');
    expect(described.properties?.['name']?.description).to.equal('Part name');
  });

  it('lets a subclass say nothing about the class it extends', () => {
    expect(Object.keys(schemaOf(Inherited).properties ?? {})).to.deep.equal(['old']);
  });
});

describe('A class is refused', () => {
  const refuses = (target: ClassOf, message: RegExp) => expect(() => schemaOf(target)).to.throw(message);

  it('if it contains itself', () => {
    class Tree {
      @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => Tree) children?: Tree[];
    }
    refuses(Tree, /cycle: Tree → Tree/);
  });

  it('if a field has no type', () => {
    class Untyped {
      @IsOptional() field?: unknown;
    }
    refuses(Untyped, /Untyped\.field: no decorator says its type/);
  });

  it('if an object’s content would be pruned', () => {
    class Pruned {
      @IsObject() field!: object;
    }
    refuses(Pruned, /Pruned\.field: say what it contains/);
  });

  it('if a nested field does not name its class', () => {
    class Nested {
      @ValidateNested() field!: Part;
    }
    refuses(Nested, /Nested\.field: say what it contains/);
  });

  it('if a list’s items have no type', () => {
    class List {
      @IsArray() field!: string[];
    }
    refuses(List, /List\.field: say what its items are/);
  });

  it('if a key of a list may be absent from its items', () => {
    class Keyed {
      @IsArray() @ListMapKeys('label') @ValidateNested({ each: true }) @Type(() => Part) field!: Part[];
    }
    refuses(Keyed, /Keyed\.field: list map key label is not required/);
  });

  it('if a decorator cannot be expressed', () => {
    class Mail {
      @IsString() @IsEmail() field!: string;
    }
    refuses(Mail, /Mail\.field: @isEmail has no counterpart/);
  });

  it('if an expression is not RE2, naming the way to the field', () => {
    class Inner {
      @IsString() @Matches(/^(?!a)/) field!: string;
    }
    class Outer {
      @ValidateNested() @Type(() => Inner) inner!: Inner;
    }
    refuses(Outer, /Outer\.inner: Inner\.field: pattern .* look-around/);
  });

  it('if a nested class has no fields', () => {
    class Empty {}
    class Holder {
      @ValidateNested() @Type(() => Empty) empty!: Empty;
    }
    refuses(Holder, /Holder\.empty: Empty: no field has a decorator/);
  });

  it('if nobody knows the built-in type it embeds', () => {
    class Embedding {
      @Embedded('EnvVar') field!: object;
    }
    refuses(Embedding, /Embedding\.field: nothing knows the built-in type EnvVar/);
  });

  it('if an enum mixes texts and numbers', () => {
    class Mixed {
      @IsIn(['a', 1]) field!: unknown;
    }
    refuses(Mixed, /Mixed\.field: an enum of string and integer/);
  });
});
