import type { FieldType } from '../event/field-type.js';
import { VOCABULARY } from '../event/vocabulary.js';
import type { FieldTypes } from './predicate-types.js';

const CEL: Readonly<Record<string, string>> = {
  int: 'double',
  decimal: 'double',
  tariff: 'dyn',
  bool: 'bool',
  ref: 'Ref',
  map: 'map',
  days: 'map',
  limit: 'Limit',
  person: 'Person',
  party: 'Party',
  material: 'Material',
  geo: 'Geo',
  doc: 'Doc',
};

function celType(field: FieldType): string {
  const one =
    CEL[field.kind] ?? (field.kind.startsWith('item') && field.kind !== 'item' ? 'dyn' : 'string');
  return field.list ? `list<${one}>` : one;
}

/** The event vocabulary as predicate types. Dates, times, codes and texts are strings, numbers are doubles. */
export function vocabularyTypes(): Map<string, FieldTypes> {
  const types = new Map<string, FieldTypes>();
  for (const [type, { fields }] of VOCABULARY) {
    const own: Record<string, string> = {};
    for (const [name, field] of Object.entries(fields)) own[name] = celType(field);
    types.set(type, own);
  }
  return types;
}
