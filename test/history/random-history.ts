import fc from 'fast-check';
import type { Event } from '#core/event/event.js';
import type { ExampleSource } from '#core/rule/rule.js';
import { eventsOfExample } from '#rulebook/example-events.js';
import { type Act, arrivals, SOURCES } from './case-run.js';

/** Minutes in a day. */
const DAY = 1440;
/** Monday; National Day with its make-up days follows within the span of the histories. */
const BEGIN = Date.UTC(2025, 8, 14, 16);
const SPAN_DAYS = 45;

type Written = Readonly<Record<string, unknown>>;

/** Own fields that decide something, beside those that the example language fills in. */
const KINDS: readonly fc.Arbitrary<Written>[] = [
  record('applied', { channel: fc.constantFrom('counter', 'online', 'mail') }),
  record('received', { extraDemand: fc.constantFrom(null, '须另办一证') }),
  record('received', {}),
  record('accepted', {
    promisedLimit: fc.constantFrom('2 G', '5 G', '10 G', '20 G', '8 H', '15 Z'),
    acceptanceNo: fc.constantFrom('受1', ''),
  }),
  record('accepted', { promisedLimit: fc.constantFrom('3 G', '10 G') }),
  record('refused', { reasonKind: fc.constantFrom('not-eligible', 'not-our-competence') }),
  record('supplement-requested', {
    materials: fc.constantFrom({ M3: 'missing' }, { M1: 'missing' }, {}),
    dueOn: fc.constantFrom(null, '2025-09-30'),
  }),
  record('supplemented', { complete: fc.boolean() }),
  record('step-entered', step({ stepLimit: fc.constantFrom(null, '1 G') })),
  record('step-entered', step({})),
  record('step-completed', step({ opinion: fc.constantFrom('同意', '', '经核,符合第三条') })),
  record('step-completed', step({})),
  record('transferred', {
    fromUnit: fc.constantFrom('A', 'B'),
    toUnit: fc.constantFrom('A', 'B'),
  }),
  record('consulted', { dueOn: fc.constantFrom('2025-09-24', '2025-10-10') }),
  record('opinion-given', {}),
  record('paused', {
    pauseNo: fc.constantFrom('T1', 'T2'),
    ground: fc.constantFrom('expert-review', 'hearing', 'other'),
    limit: fc.constantFrom('5 G', '10 Z'),
    noticeServedAt: fc.constantFrom(null, '2025-09-20T10:00'),
  }),
  record('resumed', { pauseNo: fc.constantFrom('T1', 'T2') }),
  record('extended', { noticeServedAt: fc.constantFrom(null, '2025-09-20T10:00') }),
  record('extension-requested', {}),
  record('hearing-requested', {}),
  record('hearing-held', {}),
  record('inspection-assigned', {}),
  record('inspected', { inspectors: fc.constantFrom(['P1'], ['P1', 'P2']) }),
  record('fee-charged', { amount: fc.constantFrom(100, 80) }),
  record('fee-waived', {}),
  record('notice-served', {
    noticeKind: fc.constantFrom('acceptance', 'pause', 'hearing-right', 'decision', 'extension'),
  }),
  record('refusal-filed', {}),
  record('decided', { outcome: fc.constantFrom('granted', 'denied') }),
  record('delivered', {}),
  record('published', {}),
  record('concluded', { conclusion: fc.constantFrom('granted', 'denied', 'merged') }),
  record('returned', {}),
  record('withdrawn', {}),
  record('amended', {}),
];

function record(type: string, fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  return fc.record({ type: fc.constant(type), ...fields }) as fc.Arbitrary<Written>;
}

function step(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  return { stepCode: fc.constantFrom('S1', 'S2', 'S3'), ...fields };
}

/** Delays in minutes: mostly none, sometimes hours or days, sometimes a clock that runs ahead. */
const recordedLate = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 5 * DAY }) },
);
const receivedLate = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 2, arbitrary: fc.integer({ min: 4, max: 8 * DAY }) },
  { weight: 1, arbitrary: fc.integer({ min: -2 * DAY, max: -6 }) },
);

const written: fc.Arbitrary<Written> = fc
  .record({
    fields: fc.oneof(...KINDS),
    minute: fc.integer({ min: 0, max: SPAN_DAYS * DAY }),
    late: recordedLate,
    slow: receivedLate,
    precision: fc.constantFrom('second', 'second', 'second', 'day'),
    responsible: fc.constantFrom('P1', 'P2', 'P3', null),
    source: fc.constantFrom(...SOURCES, SOURCES[0], SOURCES[0]),
    isTest: fc.constantFrom(...Array<boolean>(19).fill(false), true),
  })
  .map(({ fields, minute, late, slow, precision, responsible, source, isTest }) => ({
    ...fields,
    at: local(precision === 'day' ? minute - (minute % DAY) : minute),
    recordedAt: local(minute + late),
    receivedAt: local(minute + late + slow),
    occurredPrecision: precision,
    responsible,
    source,
    isTest,
  }));

function local(minute: number): string {
  return new Date(BEGIN + minute * 60_000 + 8 * 3_600_000).toISOString().slice(0, 16);
}

/** One thing that happens to a record after it was first sent. */
type Change = {
  readonly on: number;
  readonly kind: 'duplicate' | 'version' | 'corrected' | 'moved' | 'revoked' | 'correction-revoked';
  readonly after: number;
  readonly with: Written;
};

const change: fc.Arbitrary<Change> = fc.record({
  on: fc.nat(),
  kind: fc.constantFrom(
    'duplicate',
    'version',
    'corrected',
    'moved',
    'revoked',
    'correction-revoked',
  ),
  after: fc.integer({ min: -DAY, max: 10 * DAY }),
  with: written,
});

/** What an example says of item, region and feeds, so that rules about them have something to speak of. */
export const settings: fc.Arbitrary<Pick<ExampleSource, 'item' | 'references' | 'region'>> =
  fc.record(
    {
      item: fc.constantFrom<Written>(
        {},
        { kind: 'instant' },
        { kind: 'joint' },
        { hearingRequired: true, inspectionRequired: true, siteVisitRequired: true },
        { autoApproval: true },
      ),
      references: fc.constantFrom<Written>(
        {},
        { outages: [{ from: '2025-09-23T09:00', to: '2025-09-24T12:00' }] },
        { postings: [{ staffNo: 'P1', from: '2020-01-01' }] },
      ),
      region: fc.constantFrom<Readonly<Record<string, boolean>>>(
        { pauseKindA: true },
        { refusalFiling: false },
      ),
    },
    { requiredKeys: ['item'] },
  );

export interface History {
  readonly about: Pick<ExampleSource, 'item' | 'references' | 'region'>;
  readonly events: readonly Event[];
}

/** Cases of up to `size` records with late, repeated, corrected and revoked ones among them. */
export function histories(size: number): fc.Arbitrary<History> {
  return fc
    .record({
      about: settings,
      rows: fc.array(written, { minLength: 1, maxLength: size }),
      changes: fc.array(change, { maxLength: 4 }),
    })
    .map(({ about, rows, changes }) => ({ about, events: eventsOf(rows, changes) }));
}

function eventsOf(rows: readonly Written[], changes: readonly Change[]): Event[] {
  const example = { is: '', asOf: '', expect: [] };
  const events = eventsOfExample({ ...example, events: rows as ExampleSource['events'] });
  changes.forEach((one, index) => {
    const target = events[one.on % events.length];
    if (target !== undefined) events.push(changed(target, one, index, events));
  });
  return events;
}

function changed(target: Event, one: Change, index: number, events: readonly Event[]): Event {
  const at = target.receivedAt + one.after * 60_000;
  const times = { recordedAt: at, receivedAt: at };
  const rawDigest = `x${index}`;
  const [other] = eventsOfExample({
    is: '',
    asOf: '',
    expect: [],
    events: [one.with],
  } as ExampleSource);
  if (other === undefined || one.kind === 'duplicate') return target;
  if (one.kind === 'version')
    return {
      ...target,
      data: other.type === target.type ? other.data : target.data,
      occurredAt: other.occurredAt,
      ...times,
      dataVersion: target.dataVersion + (index % 2),
      rawDigest,
    };
  const replaces = { id: `c${index}`, source: target.source, rawDigest };
  if (one.kind === 'revoked')
    return {
      ...target,
      ...times,
      ...replaces,
      type: 'approval.revoked',
      correctionOf: refOf(target),
      data: {},
    };
  if (one.kind === 'correction-revoked') {
    const correction = events.find((event) => event.correctionOf !== null) ?? target;
    return {
      ...correction,
      ...times,
      ...replaces,
      type: 'approval.revoked',
      correctionOf: refOf(correction),
      data: {},
    };
  }
  const stated = one.kind === 'moved' ? { ...target, occurredAt: other.occurredAt } : other;
  return {
    ...stated,
    ...times,
    ...replaces,
    type: 'approval.corrected',
    correctionOf: refOf(target),
    data: { ...stated.data, correctedType: stated.type, correctedSubject: null },
  };
}

/**
 * The same records spread over cases: every fact stands in one of them, a correction or revocation where its target
 * stands or where that was moved to, and half of the corrections move their fact.
 */
export function movedBetween(
  events: readonly Event[],
  caseIds: readonly string[],
): fc.Arbitrary<Event[]> {
  const drawn = { minLength: events.length, maxLength: events.length };
  const anyCase = fc.constantFrom(...caseIds);
  return fc
    .tuple(
      fc.array(anyCase, drawn),
      fc.array(fc.option(anyCase), drawn),
      fc.array(fc.boolean(), drawn),
    )
    .map(([homes, moves, where]) => {
      const cases = new Map<string, readonly [string, string]>();
      const placedAs = new Map<string, Event>();
      return events.map((event, index) => {
        // A repeated record is the same in everything.
        const version = `${event.source} ${event.id} ${event.rawDigest}`;
        const before = placedAs.get(version);
        if (before !== undefined) return before;
        const key = `${event.source} ${event.id}`;
        const target = event.correctionOf;
        const named = target && cases.get(`${target.source} ${target.id}`);
        const caseId =
          cases.get(key)?.[0] ?? named?.[where[index] === true ? 1 : 0] ?? homes[index] ?? '';
        const to = event.type === 'approval.corrected' ? (moves[index] ?? null) : null;
        cases.set(key, [caseId, to ?? caseId]);
        const subjectOf = (id: string) => id.slice(id.indexOf('/') + 1);
        const placed = { ...event, caseId, subject: subjectOf(caseId) };
        const correctedSubject = to === null ? null : subjectOf(to);
        if (event.type === 'approval.corrected') placed.data = { ...event.data, correctedSubject };
        placedAs.set(version, placed);
        return placed;
      });
    });
}

function refOf({ source, id }: Event): { source: string; id: string } {
  return { source, id };
}

/** Arrivals of a history among those of other cases, which say through when the feeds were heard. */
export function amongOthers(events: readonly Event[]): fc.Arbitrary<Act[]> {
  const acts = arrivals(events);
  const gaps = { minLength: acts.length, maxLength: acts.length };
  return fc
    .tuple(
      fc.array(fc.constantFrom(0, 0, 60, DAY, 5 * DAY), gaps),
      fc.array(fc.integer({ min: 0, max: 40 * DAY }), { maxLength: 4 }),
    )
    .map(([heard, after]) => {
      const last = Math.max(...events.map((event) => event.receivedAt));
      return [
        ...acts.flatMap((act, index) => [act, ...hearing(act, heard[index] ?? 0)]),
        ...after
          .toSorted((a, b) => a - b)
          .flatMap((minutes): Act[] => {
            const to = last + minutes * 60_000;
            return [
              { kind: 'heard', to },
              { kind: 'tick', to },
            ];
          }),
      ];
    });
}

function hearing(act: Act, minutesBefore: number): Act[] {
  if (act.kind !== 'event' || minutesBefore === 0) return [];
  return [{ kind: 'heard', to: act.event.receivedAt - minutesBefore * 60_000 }];
}

export const MARKS = ['restart', 'tick', 'tick-restart', 'again'] as const;
export type Mark = (typeof MARKS)[number];

/** The same arrivals with ticks, restarts or repeated records between them. */
export function disturbed(acts: readonly Act[], marks: readonly Mark[]): fc.Arbitrary<Act[]> {
  return fc
    .array(fc.constantFrom('', ...marks), {
      minLength: acts.length,
      maxLength: acts.length,
    })
    .map((chosen) =>
      acts.flatMap((act, index) => [act, ...between(acts, index, chosen[index] ?? '')]),
    );
}

function instantOf(act: Act): number {
  if (act.kind === 'event') return act.event.receivedAt;
  return act.kind === 'restart' ? Number.POSITIVE_INFINITY : act.to;
}

function between(acts: readonly Act[], index: number, mark: string): Act[] {
  const here = acts[index];
  const next = acts.slice(index + 1).find((act) => act.kind !== 'restart');
  if (mark === 'again') return here?.kind === 'event' ? [here] : [];
  const more: Act[] = [];
  if (mark.startsWith('tick') && here?.kind === 'event') {
    const from = here.event.receivedAt;
    const to = next === undefined ? from + 3 * DAY * 60_000 : Math.max(from, instantOf(next));
    for (const share of [0.3, 0.9])
      more.push({ kind: 'tick', to: Math.floor(from + share * (to - from)) });
  }
  if (mark.endsWith('restart')) more.push({ kind: 'restart' });
  return more;
}
