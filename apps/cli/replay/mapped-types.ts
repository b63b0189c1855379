import type { FieldTypes } from '#core/rule/predicate-types.js';
import type { Mapping } from '../log/mapping.js';

const CEL: Readonly<Record<string, string>> = {
  int: 'double',
  decimal: 'double',
  instant: 'double',
  bool: 'bool',
  limit: 'Limit',
  person: 'Person',
  object: 'map',
  'string[]': 'list<string>',
};

/** Event types that a mapping declares, as rules over them may name their fields. */
export function mappedTypes(mapping: Mapping): Map<string, FieldTypes> {
  const types = new Map<string, FieldTypes>();
  for (const [name, type] of mapping.types)
    types.set(
      name,
      Object.fromEntries([...type.fields].map(([field, kind]) => [field, CEL[kind] ?? 'string'])),
    );
  return types;
}
