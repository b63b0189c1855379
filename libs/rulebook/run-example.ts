import { buildReferences } from '#core/build-references.js';
import type { Calendar } from '#core/calendar/calendar.js';
import { chinaTime } from '#core/calendar/china-time.js';
import type { Event } from '#core/event/event.js';
import type { Finding } from '#core/finding.js';
import type { Rulebook } from '#core/rule/compile.js';
import type { FieldTypes } from '#core/rule/predicate-types.js';
import type { ExampleSource } from '#core/rule/rule.js';
import { acceptEvent, advance, findingsOf, type Law, newCase } from '#core/step.js';
import { AGENCY, eventsOfExample, instant, itemEvent, REGION, SOURCE } from './example-events.js';

export type ExampleOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly expected: string; readonly found: string };

interface ExampleReferences {
  readonly items?: readonly Readonly<Record<string, unknown>>[];
  readonly postings?: readonly {
    staffNo: string;
    post?: string;
    from: string;
    to?: string;
    powers?: string[];
  }[];
  readonly outages?: readonly { from: string; to: string }[];
  readonly feed?: { readonly agreedDelayHours?: number; readonly batch?: boolean };
  readonly regionCodes?: readonly string[];
}

/** Everything an example is judged by; its reference facts are known from the beginning. */
export function lawOfExample(example: ExampleSource, rulebook: Rulebook, calendar: Calendar): Law {
  const references = (example.references ?? {}) as ExampleReferences;
  const base = itemEvent(example.item ?? {}, 0);
  const facts: Event[] = [
    base,
    ...(references.items ?? []).map((item, index) =>
      itemEvent({ ...(example.item ?? {}), ...item }, index + 1),
    ),
  ];
  references.postings?.forEach((posting, index) => {
    facts.push(
      reference(base, `posting${index}`, 'org.posting-changed', {
        person: { staffNo: posting.staffNo, name: null, post: null, unitCode: AGENCY },
        post: posting.post ?? '局长',
        from: posting.from,
        to: posting.to ?? null,
        powers: posting.powers ?? [],
      }),
    );
  });
  references.outages?.forEach((outage, index) => {
    facts.push({
      ...reference(base, `outage${index}`, 'feed.outage-declared', {
        from: new Date(instant(outage.from)).toISOString(),
        to: new Date(instant(outage.to)).toISOString(),
      }),
      subject: SOURCE,
    });
  });
  const built = buildReferences(
    facts,
    { knownAt: Number.MAX_SAFE_INTEGER, calendar },
    {
      regions: new Map([[REGION, { pauseKindA: false, refusalFiling: true, ...example.region }]]),
      feeds: new Map([
        [
          SOURCE,
          {
            source: SOURCE,
            authority: SOURCE,
            agreedDelayHours: 24,
            batch: false,
            ...references.feed,
          },
        ],
      ]),
      regionCodes: new Set(references.regionCodes ?? []),
    },
  );
  return { rulebook, around: { calendar, references: built, emptyLists: rulebook.emptyLists } };
}

function reference(base: Event, id: string, type: string, data: Record<string, unknown>): Event {
  return { ...base, id, type, data };
}

const NONE: ReadonlyMap<string, FieldTypes> = new Map();

/**
 * Findings of one rule on an example, by the same path that a live event takes. `declared` are event types beside the
 * vocabulary's own, as a mapping declares them.
 */
export function findingsOfExample(
  ruleId: string,
  example: ExampleSource,
  law: Law,
  declared: ReadonlyMap<string, FieldTypes> = NONE,
): Finding[] {
  const asOf = instant(example.asOf);
  const state = newCase(`${SOURCE}/CASE-1`, law);
  const events = eventsOfExample(example, declared).filter((event) => event.receivedAt <= asOf);
  for (const event of byReceipt(events)) acceptEvent(state, event, law);
  advance(state, asOf, law);
  return findingsOf(state).filter((finding) => finding.ruleId === ruleId);
}

function byReceipt(events: Event[]): Event[] {
  return events.toSorted((a, b) => a.receivedAt - b.receivedAt);
}

/** Compares what an example expects with what the rule says; order does not matter. */
export function runExample(
  ruleId: string,
  example: ExampleSource,
  law: Law,
  declared: ReadonlyMap<string, FieldTypes> = NONE,
): ExampleOutcome {
  const findings = findingsOfExample(ruleId, example, law, declared);
  const expected = example.expect
    .map((one) =>
      line(
        one.level,
        one.since === undefined ? null : instant(one.since),
        one.until === undefined ? null : instant(one.until),
      ),
    )
    .sort();
  const found = findings
    .map((one) => {
      // Level and time of a finding that says "could not evaluate" may fit by chance; it is never what an example expects.
      if (isUnevaluable(one)) return 'could not evaluate';
      const like = example.expect.find((want) => want.level === one.level) ?? example.expect[0];
      return line(
        one.level,
        like?.since === undefined ? null : one.since,
        like?.until === undefined ? null : one.until,
      );
    })
    .sort();
  return expected.join('; ') === found.join('; ')
    ? { ok: true }
    : {
        ok: false,
        expected: expected.join('; ') || 'nothing',
        found:
          findings
            .map(
              (one) =>
                `${line(one.level, one.since, one.until)} (${one.occurrence}${isUnevaluable(one) ? `: ${String(one.explanation.params.reason)}` : ''})`,
            )
            .join('; ') || 'nothing',
      };
}

function isUnevaluable(finding: Finding): boolean {
  return finding.explanation.key === 'rule.unevaluable';
}

function line(level: string, since: number | null, until: number | null): string {
  const local = (at: number) => chinaTime(at).slice(0, 16);
  return `${level}${since === null ? '' : ` since ${local(since)}`}${until === null ? '' : ` until ${local(until)}`}`;
}
