import { Type } from 'class-transformer';
import { IsDefined, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { CustomResource, KubernetesObject } from '../../../../runtime/schema/index.js';

/** Refers to another toy. A class of the Porter family has the same name. */
export class BundleReference {
  /** Which toy is bundled with this one. */
  @IsString()
  @MaxLength(63)
  toy!: string;
}

/** How a toy should be. */
export class ToySpec {
  /** What comes with it. */
  @IsOptional()
  @ValidateNested()
  @Type(() => BundleReference)
  bundle?: BundleReference;
}

/** Something to play with. */
@CustomResource({
  group: 'toys.test',
  version: 'v1',
  kind: 'Toy',
  plural: 'toys',
  scope: 'Namespaced',
  subresources: { status: true },
})
export class Toy extends KubernetesObject {
  /** How it should be. */
  @IsDefined()
  @ValidateNested()
  @Type(() => ToySpec)
  spec!: ToySpec;
}
