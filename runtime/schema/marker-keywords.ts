import type { ClassMarkers, FieldMarkers } from './metadata.js';
import type { StructuralSchema } from './structural-schema.js';

/** What our own decorators on a field or class mean as a schema, apart from what needs another type. */
export function markerKeywords(markers: FieldMarkers & ClassMarkers): StructuralSchema {
  const { maxProperties, listMapKeys, rules, format } = markers;
  return {
    ...(markers.default !== undefined && { default: markers.default.value }),
    ...(markers.preserveUnknown && { 'x-kubernetes-preserve-unknown-fields': true }),
    ...(markers.structAtomic && { 'x-kubernetes-map-type': 'atomic' }),
    ...(format !== undefined && { format }),
    ...(maxProperties !== undefined && { maxProperties }),
    ...(listMapKeys !== undefined && {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': listMapKeys,
    }),
    ...(rules !== undefined && { 'x-kubernetes-validations': rules }),
  };
}

/** Keys by which items are told apart must be there in every item; throws otherwise. */
export function checkListMapKeys(schema: StructuralSchema): void {
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const items = schema.items;
    const hasDefault = items?.properties?.[key]?.default !== undefined;
    if (!hasDefault && !items?.required?.includes(key))
      throw new Error(`list map key ${key} is not required in its items`);
  }
}
