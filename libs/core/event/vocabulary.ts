import { type Fields, parseFields } from './field-type.js';
import { APPROVAL_ROWS } from './vocabulary-approval.js';
import { OVERSIGHT_ROWS } from './vocabulary-oversight.js';
import type { EventRow } from './vocabulary-row.js';
import { SERVICE_ROWS } from './vocabulary-service.js';
import { DERIVED_ROWS, SUPERVISION_ROWS } from './vocabulary-supervision.js';

/** Who writes events of a type: a source system, the fold (derived), or people through this system. */
export type EventOrigin = 'source' | 'derived' | 'supervision';

/** Further fields that are required where one field has a certain value. */
export interface RequiredWhen {
  readonly field: string;
  readonly equals: string;
  readonly requires: readonly string[];
}

export interface EventType {
  readonly type: string;
  readonly stream: string;
  readonly zh: string;
  readonly en: string;
  readonly origin: EventOrigin;
  /** Own fields, without those of the envelope; for `<stream>.corrected` those of the named type come on top. */
  readonly fields: Fields;
  /** True where the envelope's `docNo` is required. */
  readonly docNoRequired: boolean;
  readonly requiredWhen: readonly RequiredWhen[];
  /** `corrects` replaces the event named by `correctionOf`, `revokes` says that it never happened. */
  readonly effect: 'states' | 'corrects' | 'revokes';
  /** The type under which it is stored; differs from `type` for an alias only. */
  readonly storedAs: string;
}

const REQUIRED_WHEN: ReadonlyMap<string, readonly RequiredWhen[]> = new Map([
  [
    'approval.applied',
    [
      {
        field: 'applicationType',
        equals: 'renewal',
        requires: ['licenceNo', 'licenceExpiresOn'],
      },
    ],
  ],
  ['approval.paused', [{ field: 'pauseKind', equals: 'B', requires: ['ground'] }]],
]);

const ALIASES: ReadonlyMap<string, string> = new Map([['approval.rated', 'rating.submitted']]);

/** `approval` of `approval.accepted`. */
export function streamOf(type: string): string {
  const dot = type.indexOf('.');
  return dot < 0 ? type : type.slice(0, dot);
}

function eventType([type, zh, en, text]: EventRow, origin: EventOrigin): EventType {
  const { docNo, ...fields } = parseFields(text);
  return {
    type,
    stream: streamOf(type),
    zh,
    en,
    origin,
    fields,
    docNoRequired: docNo?.required ?? false,
    requiredWhen: REQUIRED_WHEN.get(type) ?? [],
    effect: 'states',
    storedAs: ALIASES.get(type) ?? type,
  };
}

function correctionTypes(stream: string): EventType[] {
  const shared = {
    stream,
    origin: 'source',
    docNoRequired: false,
    requiredWhen: [],
  } as const;
  const corrected = `${stream}.corrected`;
  const revoked = `${stream}.revoked`;
  return [
    {
      ...shared,
      type: corrected,
      storedAs: corrected,
      zh: '更正',
      en: 'Corrected',
      fields: parseFields('correctedType!; correctedSubject'),
      effect: 'corrects',
    },
    {
      ...shared,
      type: revoked,
      storedAs: revoked,
      zh: '撤回数据',
      en: 'Data revoked',
      fields: {},
      effect: 'revokes',
    },
  ];
}

const SOURCE_TYPES = [...APPROVAL_ROWS, ...SERVICE_ROWS, ...OVERSIGHT_ROWS].map((row) =>
  eventType(row, 'source'),
);

/** Streams that sources send, in the order of events.md. */
export const STREAMS: readonly string[] = [...new Set(SOURCE_TYPES.map((type) => type.stream))];

/** Streams whose events are reference facts and not facts of a case. */
export const REFERENCE_STREAMS: ReadonlySet<string> = new Set([
  'catalog',
  'calendar',
  'org',
  'feed',
]);

/** Every event type of events.md sections 3 to 7, by name. */
export const VOCABULARY: ReadonlyMap<string, EventType> = new Map(
  [
    ...SOURCE_TYPES,
    ...STREAMS.flatMap(correctionTypes),
    ...DERIVED_ROWS.map((row) => eventType(row, 'derived')),
    ...SUPERVISION_ROWS.map((row) => eventType(row, 'supervision')),
  ].map((type) => [type.type, type]),
);

/** The types that a correction of `stream` may state, in the order of events.md. */
export function correctableTypes(stream: string): readonly EventType[] {
  return SOURCE_TYPES.filter((type) => type.stream === stream);
}
