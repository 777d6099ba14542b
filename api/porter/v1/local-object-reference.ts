import { IsString, Matches, MaxLength } from 'class-validator';
import { Default, StructAtomic } from '../../../runtime/schema/index.js';
import { OBJECT_NAME, OBJECT_NAME_MESSAGE } from './formats.js';

/** Names an object in the same namespace. */
@StructAtomic()
export class LocalObjectReference {
  /** Name of the object. */
  @Default('')
  @IsString()
  @MaxLength(253)
  @Matches(OBJECT_NAME, { message: OBJECT_NAME_MESSAGE })
  name!: string;
}
