import { parseInstant } from '#core/calendar/local-time.js';
import type { Event, Person } from '#core/event/event.js';
import type { FieldType } from '#core/event/field-type.js';
import { VOCABULARY } from '#core/event/vocabulary.js';
import type { FieldTypes } from '#core/rule/predicate-types.js';
import type { ExampleSource } from '#core/rule/rule.js';

/** Where the examples play: one agency, one feed, one item with lawful settings. */
export const AGENCY = '11130600MB1234567T';
export const REGION = '130600';
export const SOURCE = 'example';
export const ITEM = 'XK-001';

const OFFICER: Person = { staffNo: 'P1', name: null, post: null, unitCode: AGENCY };

type Written = Readonly<Record<string, unknown>>;

/** The item of the examples; an example's `item` overrides its fields. */
export const EXAMPLE_ITEM: Readonly<Record<string, unknown>> = {
  itemCode: ITEM,
  itemVersion: '1',
  validFrom: '2000-01-01',
  name: '示例许可',
  kind: 'promised',
  level: 'city',
  legalBasis: ['行政许可法'],
  statutoryLimit: '20 G',
  promisedLimit: '10 G',
  steps: [step('S1', 'handle', 1), step('S2', 'review', 2), step('S3', 'approve', 3)],
  materials: [
    { code: 'M1', name: '申请表', required: true, source: 'applicant' },
    { code: 'M2', name: '证明', required: true, source: 'applicant' },
    { code: 'M3', name: '附图', required: false, source: 'applicant', tolerable: true },
    { code: 'M4', name: '营业执照', required: true, source: 'shared' },
  ],
  fees: [{ feeCode: 'F1', standard: 100, basis: '收费目录' }],
  approverPosts: ['局长'],
  channels: ['counter', 'online'],
};

function step(stepCode: string, role: string, order: number): object {
  return {
    stepCode,
    name: stepCode,
    role,
    limit: { value: 3, unit: 'G' },
    mandatory: true,
    order,
    responsiblePost: '科员',
  };
}

/** Lawful values of required fields, where the kind alone does not give one. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'approval.applied': {
    applicationType: 'new',
    channel: 'counter',
    materials: { M1: 'received', M2: 'received' },
  },
  'approval.received': { materials: { M1: 'received', M2: 'received' } },
  'approval.accepted': {
    materials: { M1: 'received', M2: 'received' },
    statutoryLimit: '20 G',
    promisedLimit: '10 G',
  },
  'approval.refused': {
    reasonKind: 'not-eligible',
    reasonText: '不符合法定条件',
    docNo: '不受理〔1〕号',
  },
  'approval.supplement-requested': { materials: { M3: 'missing' }, docNo: '补正〔1〕号' },
  'approval.supplemented': { materials: { M3: 'received' }, complete: true },
  'approval.step-entered': { stepCode: 'S1', stepRole: 'handle' },
  'approval.step-completed': {
    stepCode: 'S1',
    result: 'pass',
    opinion: '经核,材料齐全,符合规定第三条',
    signed: true,
  },
  'approval.paused': {
    pauseNo: 'T1',
    pauseKind: 'B',
    ground: 'expert-review',
    approver: 'P9',
    limit: '10 G',
  },
  'approval.resumed': { pauseNo: 'T1', resultText: '评审意见书' },
  'approval.extended': { addedLimit: '10 G', approver: 'P9', approverRank: 'agency-head' },
  'approval.extension-requested': { addedLimit: '10 G' },
  'approval.decided': {
    outcome: 'granted',
    approver: 'P9',
    reasonText: '符合条件',
    remedyNotice: true,
  },
  'approval.concluded': { conclusion: 'granted' },
  'approval.fee-charged': { feeCode: 'F1', amount: 100 },
  'approval.fee-waived': {
    feeCode: 'F1',
    amount: 100,
    approver: { staffNo: 'P9', unitCode: AGENCY, post: '局长' },
  },
  'approval.notice-served': { docNo: '送达〔1〕号', noticeKind: 'acceptance' },
  'approval.consulted': { consultId: 'C1', consultedUnit: '11130600MB7654321P' },
  'approval.opinion-given': { consultId: 'C1', result: 'agree' },
  'approval.inspected': { assignmentNo: 'Z1', result: 'met', inspectors: ['P1', 'P2'] },
  'approval.inspection-assigned': { assignmentNo: 'Z1', kind: 'site', inspectors: ['P1', 'P2'] },
  'approval.refusal-filed': { filedTo: ['P8', 'P9'], plannedOutcome: 'refuse' },
};

const ENVELOPE = new Set([
  'type',
  'at',
  'id',
  'source',
  'subject',
  'recordedAt',
  'receivedAt',
  'occurredPrecision',
  'responsible',
  'operator',
  'dataVersion',
  'correctionOf',
  'docNo',
  'agencyCode',
  'regionCode',
  'itemCode',
  'isTest',
]);

/**
 * Events of an example in the order written: required fields that it leaves out get lawful values. Fields of types that
 * only `declared` knows stand as written, a time among them as an instant.
 */
export function eventsOfExample(
  example: ExampleSource,
  declared: ReadonlyMap<string, FieldTypes> = new Map(),
): Event[] {
  return example.events.map((written, index) => {
    const fields = declared.get(String(written.type));
    return fields === undefined || VOCABULARY.has(String(written.type))
      ? exampleEvent(written, index)
      : eventOf(written, {
          type: String(written.type),
          index,
          data: declaredData(written, fields),
        });
  });
}

function declaredData(written: Written, fields: FieldTypes): Record<string, unknown> {
  refuseUnknown(written, fields);
  return Object.fromEntries(
    Object.entries(fields).map(([name, kind]) => {
      const value = written[name] ?? null;
      const isTime = kind === 'double' && typeof value === 'string';
      return [name, kind === 'Limit' ? limit(value) : isTime ? instant(value) : value];
    }),
  );
}

function refuseUnknown(written: Written, fields: object): void {
  for (const name of Object.keys(written))
    if (!ENVELOPE.has(name) && !(name in fields))
      throw new Error(
        `an event ${String(written.type)} has no field '${name}'; there are ${Object.keys(fields).join(', ')}`,
      );
}

/** The catalogue event of an example's item, or of another version of it. */
export function itemEvent(fields: Written, index: number): Event {
  const merged: Record<string, unknown> = { ...EXAMPLE_ITEM, ...fields };
  return exampleEvent(
    { ...merged, type: 'catalog.item-published', at: '2000-01-01', receivedAt: '2000-01-01T00:00' },
    9000 + index,
  );
}

function exampleEvent(written: Written, index: number): Event {
  const type = typeNamed(written.type);
  const known = VOCABULARY.get(type);
  if (known === undefined)
    throw new Error(`there is no event type '${type}'; the types are listed in docs/events.md`);
  const stated = known.effect === 'corrects' ? typeNamed(written.correctedType) : type;
  const fields = { ...known.fields, ...VOCABULARY.get(stated)?.fields };
  refuseUnknown(written, fields);
  const values: Written = { ...DEFAULTS[stated], ...written };
  const data: Record<string, unknown> = {};
  const at = String(written.at);
  for (const [name, field] of Object.entries(fields))
    data[name] = fieldValue(values[name], field, { name, at });
  if (known.effect === 'corrects') data.correctedType = stated;
  return eventOf({ docNo: values.docNo, ...written }, { type, index, data });
}

/** `accepted` stands for `approval.accepted`. */
function typeNamed(name: unknown): string {
  return String(name).includes('.') ? String(name) : `approval.${String(name)}`;
}

function eventOf(
  written: Written,
  about: { readonly type: string; readonly index: number; readonly data: Record<string, unknown> },
): Event {
  const { type, index, data } = about;
  const occurredAt = instant(String(written.at));
  const recordedAt =
    written.recordedAt === undefined ? occurredAt : instant(String(written.recordedAt));
  return {
    source: String(written.source ?? SOURCE),
    id: String(written.id ?? `e${String(index + 1).padStart(3, '0')}`),
    type,
    subject: String(written.subject ?? 'CASE-1'),
    caseId: `${SOURCE}/${String(written.subject ?? 'CASE-1')}`,
    occurredAt,
    recordedAt,
    receivedAt:
      written.receivedAt === undefined ? recordedAt + 60_000 : instant(String(written.receivedAt)),
    precision: written.occurredPrecision === 'day' ? 'day' : 'second',
    vocabularyVersion: '1.1',
    agencyCode: String(written.agencyCode ?? AGENCY),
    regionCode: String(written.regionCode ?? REGION),
    itemCode: written.itemCode === null ? null : String(written.itemCode ?? ITEM),
    itemVersion: null,
    operator: person(written.operator) ?? OFFICER,
    responsible: written.responsible === null ? null : (person(written.responsible) ?? OFFICER),
    dataVersion: Number(written.dataVersion ?? 1),
    correctionOf: correction(written.correctionOf),
    correctionReason: null,
    docNo: (written.docNo as string | null | undefined) ?? null,
    rawDigest: `d${index}`,
    isTest: written.isTest === true,
    data,
  };
}

function correction(value: unknown): Event['correctionOf'] {
  return value === undefined ? null : { source: SOURCE, id: String(value) };
}

/** 'YYYY-MM-DDTHH:mm' in +08:00; a bare date is 09:00. */
export function instant(text: string): number {
  const full = text.includes('T') ? text : `${text}T09:00`;
  const withSeconds = /T\d\d:\d\d$/.test(full) ? `${full}:00` : full;
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(withSeconds) ? withSeconds : `${withSeconds}+08:00`;
  const parsed = parseInstant(zoned);
  if (parsed === null) throw new Error(`'${text}' is not a time of the form YYYY-MM-DDTHH:mm`);
  return parsed.at;
}

function person(value: unknown): Person | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return { ...OFFICER, staffNo: value };
  return { ...OFFICER, ...(value as Partial<Person>) };
}

interface Place {
  readonly name: string;
  readonly at: string;
}

function fieldValue(value: unknown, field: FieldType, place: Place): unknown {
  if (value === null) return null;
  if (field.list) return listOf(value, field, place);
  if (value === undefined) return field.required ? lawful(field, place) : null;
  return single(value, field);
}

function listOf(value: unknown, field: FieldType, place: Place): unknown {
  if (value === undefined) return field.required ? [] : null;
  if (field.kind === 'material' && !Array.isArray(value))
    return Object.entries(value as Record<string, unknown>).map(([code, status]) =>
      material(code, status),
    );
  return (value as unknown[]).map((one) => single(one, { ...field, list: false }) ?? place.name);
}

function material(code: string, rest: unknown): object {
  const blank = { code, name: code, required: null, form: null, status: null, dueOn: null };
  return typeof rest === 'string' ? { ...blank, status: rest } : { ...blank, ...(rest as object) };
}

function single(value: unknown, field: FieldType): unknown {
  if (field.kind === 'person') return person(value);
  if (field.kind === 'limit' || field.kind === 'itemLimit') return limit(value);
  if (field.kind === 'ref' && typeof value === 'string') return { authority: null, subject: value };
  if (field.kind === 'time') return isoTime(String(value));
  if (field.kind === 'date' && value instanceof Date) return value.toISOString().slice(0, 10);
  if (field.kind === 'material') return material(String((value as { code: string }).code), value);
  return value;
}

function isoTime(text: string): string {
  return new Date(instant(text)).toISOString();
}

function limit(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const [amount, unit] = value.split(' ');
  return { value: Number(amount), unit };
}

function lawful(field: FieldType, place: Place): unknown {
  switch (field.kind) {
    case 'int':
    case 'decimal':
      return 1;
    case 'bool':
      return true;
    case 'date':
      return place.at.slice(0, 10);
    case 'time':
      return isoTime(place.at);
    case 'enum':
      return field.values[0];
    case 'limit':
    case 'itemLimit':
      return { value: 10, unit: 'G' };
    case 'person':
      return OFFICER;
    case 'party':
      return {
        kind: 'legal',
        name: '示例公司',
        idType: null,
        idNo: null,
        contact: null,
        isAgent: false,
      };
    case 'ref':
      return { authority: null, subject: 'R1' };
    case 'doc':
      return { id: 'D1', digest: '00' };
    case 'map':
    case 'days':
      return {};
    default:
      return `${place.name}-1`;
  }
}
