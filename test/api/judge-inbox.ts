import { hash } from 'node:crypto';
import { Pool } from 'pg';
import { buildReferences, REFERENCE_TYPES } from '#core/build-references.js';
import { nationalCalendar } from '#core/calendar/national.js';
import { createDecoder } from '#core/event/decode.js';
import type { Event, Instant } from '#core/event/event.js';
import type { Law } from '#core/step.js';
import { keptOf, laneOf, openCase, takeEvent, takeTick, type WorkCase } from '#core/work-case.js';
import { loadRulebook } from '#rulebook/load-rules.js';
import { saveStep } from '#store/save-step.js';
import {
  type AlertChange,
  type ChangeToSave,
  type EventToSave,
  emptyStep,
  type RejectedToSave,
} from '#store/step-to-save.js';
import type { Writer } from '#store/writer.js';
import { TOPIC } from './api-server.js';

export interface Judging {
  readonly url: string;
  readonly writer: Writer;
  readonly rules: string;
  /** Instant of the tick after all events. */
  readonly asOf: Instant;
  /** Sources that keep delivering; findings that rest on an absence of others stay held. */
  readonly covered: readonly string[];
}

interface Row {
  readonly partition: number;
  readonly offset: string;
  readonly value: Buffer;
  readonly headers: Record<string, string>;
}

/**
 * Does what a monitor does with all that lies in the inbox, in one step per partition: decode, judge, save. Records count
 * as received when they were recorded at their source, so that histories of past years unfold as they did.
 */
export async function judgeInbox(judging: Judging): Promise<void> {
  const pool = new Pool({ connectionString: judging.url, max: 1 });
  try {
    const { rows } = await pool.query<Row>(
      'select "partition", "offset", value, headers from inbox_record where topic = $1 order by "partition", "offset"',
      [TOPIC],
    );
    for (const partition of [0, 1, 2, 3])
      await judgePartition(
        partition,
        rows.filter((row) => row.partition === partition),
        judging,
      );
  } finally {
    await pool.end();
  }
}

function lawOf(rules: string, facts: readonly Event[], knownAt: Instant): Law {
  const { rulebook } = loadRulebook([rules]);
  const calendar = nationalCalendar(knownAt);
  const references = buildReferences(facts, { knownAt, calendar });
  return { rulebook, around: { calendar, references, emptyLists: rulebook.emptyLists } };
}

async function judgePartition(partition: number, rows: readonly Row[], judging: Judging) {
  const { asOf, covered } = judging;
  const decoder = createDecoder({
    feeds: (source) => ({ source, authority: source, agreedDelayHours: 24, batch: false }),
  });
  const events: EventToSave[] = [];
  const rejected: RejectedToSave[] = [];
  for (const row of rows) {
    const place = { topic: TOPIC, partition, offset: BigInt(row.offset) };
    const digest = hash('sha256', row.value);
    const record = { value: row.value, headers: row.headers, receivedAt: asOf, digest };
    const decoded = decoder.decode(record);
    if (decoded.ok) {
      const event = { ...decoded.event, receivedAt: Math.min(decoded.event.recordedAt, asOf) };
      events.push({ ...place, event, raw: row.value, outcome: 'accepted' });
    } else {
      const { reason, field, params, source, id } = decoded.rejected;
      const why = { reason, field, detail: params, source, id };
      rejected.push({ ...place, ...why, raw: row.value, receivedAt: asOf, digest });
    }
  }
  const facts = events.map(({ event }) => event).filter(({ type }) => REFERENCE_TYPES.has(type));
  const law = lawOf(judging.rules, facts, asOf);
  const work = new Map<string, WorkCase>();
  const changes: ChangeToSave[] = [];
  const alerts: AlertChange[] = [];
  const coverage = (lane: string) =>
    covered.some((source) => lane === laneOf(source, partition))
      ? Number.POSITIVE_INFINITY
      : Number.NEGATIVE_INFINITY;
  const take = (caseId: string, made: ReturnType<typeof takeEvent>) => {
    changes.push(...made.changes.map((change) => ({ caseId, change })));
    alerts.push(...made.alerts);
  };
  for (const { event } of events) {
    const { caseId, regionCode, agencyCode } = event;
    const opened = work.get(caseId) ?? openCase({ caseId, regionCode, agencyCode, partition }, law);
    work.set(caseId, opened);
    take(caseId, takeEvent(opened, event, law, coverage));
  }
  for (const [caseId, one] of work) take(caseId, takeTick(one, asOf, law, coverage));
  const next = BigInt(rows.length);
  await saveStep(judging.writer, {
    ...emptyStep('monitor', asOf),
    stream: {
      topic: TOPIC,
      partition,
      fromOffset: 0n,
      nextOffset: next,
      consumedThrough: asOf,
    },
    events,
    rejected,
    cases: [...work.values()].map((one) => {
      const { regionCode, agencyCode, itemCode, isTest } = one.state.view.events[0] as Event;
      const { asOf: judged, nextDueAt, open } = keptOf(one);
      const openState = open ? ('open' as const) : ('closed' as const);
      const { caseId } = one;
      const due = { version: 0, asOf: judged, nextDueAt };
      return { caseId, ...due, regionCode, agencyCode, itemCode, openState, isTest };
    }),
    changes,
    alerts,
    references: facts.map((event) => ({
      kind: event.type,
      code: event.subject,
      version: String(event.data.itemVersion ?? event.id),
      validFrom: String(event.data.validFrom),
      validTo: null,
      knownFrom: event.receivedAt,
      body: event,
      digest: event.rawDigest,
      source: event.source,
      eventId: event.id,
    })),
    coverage: [...new Set(events.map(({ event }) => event.source))].map((source) => ({
      source: laneOf(source, partition),
      evaluatedThrough: covered.includes(source) ? asOf : null,
      late: 0,
      quarantined: rejected.filter((one) => one.source === source).length,
      at: asOf,
    })),
  });
}
