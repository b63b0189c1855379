import { creditCheckCharacter } from '#core/event/codes.js';
import { type Fields, type FieldType, STRUCTS } from '#core/event/field-type.js';
import { correctableTypes, type EventType } from '#core/event/vocabulary.js';
import { EXAMPLE_DOC_NO, EXAMPLE_FACTS } from './example-facts.js';

/** One event in the structured mode of CloudEvents. */
export interface ExampleEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

const AGENCY_BODY = '11130602MB1234567';

/** An invented agency whose check character is right. */
export const EXAMPLE_AGENCY = AGENCY_BODY + (creditCheckCharacter(AGENCY_BODY) ?? '');

const VALUES: Readonly<Record<string, unknown>> = {
  string: 'BD-2025-0001',
  text: '情况已核实并向当事人说明',
  decimal: 1250.5,
  tariff: 120,
  bool: true,
  date: '2025-09-26',
  time: '2025-09-15T09:30:00+08:00',
  code: 'general',
  agency: EXAMPLE_AGENCY,
  region: '130606',
  item: '000131013000',
  ref: { authority: 'bd-lcq-spj', subject: 'LC-2025-2201' },
  map: { score: { before: 2, after: 5 } },
  days: { '2026-01-01': 'holiday', '2026-01-04': 'workday' },
};

/** Values of struct fields that read better than those of their kind. */
const NAMED_VALUES: Readonly<Record<string, unknown>> = {
  'person.staffNo': 'SP-0021',
  'person.name': '孙丽',
  'person.post': '科长',
  'person.unitCode': 'BD-SPJ',
  'party.kind': 'legal',
  'party.name': '保定市晨光餐饮有限公司',
  'party.idNo': 'tok:6f1d0c',
  'party.contact': 'tok:a81b27',
  'geo.lon': 115.4923,
  'geo.lat': 38.8671,
  'geo.accuracyM': 12,
  'doc.id': 'FJ-88102',
  'doc.digest': 'sha256:0f4c1e',
  'limit.value': 5,
};

function sampleOf(field: FieldType): unknown {
  const struct = STRUCTS.get(field.kind);
  if (struct !== undefined) return valuesOf(struct, field.kind);
  if (field.kind === 'enum') return field.values[0];
  if (field.kind === 'int') return field.range?.[0] ?? 3;
  return VALUES[field.kind];
}

function valuesOf(fields: Fields, owner: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const value = NAMED_VALUES[`${owner}.${name}`] ?? sampleOf(field);
      return [name, field.list ? [value] : value];
    }),
  );
}

function ownFacts(type: EventType): Readonly<Record<string, unknown>> {
  if (type.effect === 'states') {
    const told = EXAMPLE_FACTS.get(type.type) ?? valuesOf(type.fields, type.type);
    const agency = 'agencyCode' in type.fields ? { agencyCode: EXAMPLE_AGENCY } : {};
    return { ...told, ...agency, ...(type.docNoRequired ? { docNo: EXAMPLE_DOC_NO } : {}) };
  }
  const target = {
    correctionOf: { source: 'bd-lcq-spj', id: 'evt-0000' },
    correctionReason: '录入时选错日期',
  };
  const stated = correctableTypes(type.stream)[0];
  if (type.effect === 'revokes' || stated === undefined) return target;
  return { ...target, correctedType: stated.type, ...ownFacts(stated) };
}

/** A valid, realistic event of the type in the newest vocabulary. Always the same. */
export function exampleOf(type: EventType): ExampleEvent {
  return {
    specversion: '1.0',
    id: `evt-${type.type}`,
    source: 'bd-lcq-spj',
    type: type.type,
    subject: 'LC-2025-2201',
    time: '2025-09-15T09:30:00+08:00',
    datacontenttype: 'application/json',
    data: {
      vocabularyVersion: '1.1',
      recordedAt: '2025-09-15T09:31:12+08:00',
      occurredPrecision: 'second',
      agencyCode: EXAMPLE_AGENCY,
      regionCode: '130606',
      itemCode: '000131013000',
      itemVersion: '4',
      operator: { staffNo: 'SP-0045', name: '钱芳', post: '窗口', unitCode: 'BD-SPJ-CK' },
      responsible: { staffNo: 'SP-0021', name: '孙丽', post: '科长', unitCode: 'BD-SPJ' },
      dataVersion: 1,
      isTest: false,
      ...ownFacts(type),
    },
  };
}
