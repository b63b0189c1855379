import type { Pool, PoolClient } from 'pg';
import type { Instant } from '#core/event/event.js';
import { ALERT_CHANNEL } from './save-alerts.js';

/** Place in the feed of alert events, `xid-seq`; opaque to readers, ordered, fit for Last-Event-ID. */
export type FeedCursor = string;

export interface FeedEvent {
  readonly cursor: FeedCursor;
  readonly alertId: string;
  readonly eventNo: number;
  readonly kind: string;
  readonly at: Instant;
  readonly level: string;
  readonly state: string;
  readonly reason: string | null;
  readonly detail: unknown;
  readonly regionCode: string;
  readonly recipientUnit: string;
  readonly subjectPersons: readonly string[];
  readonly sharedSpace: boolean;
}

export interface FeedPage {
  readonly events: readonly FeedEvent[];
  /** Where to go on; equal to the one asked with where nothing is new. */
  readonly cursor: FeedCursor;
  /** Committed events wait behind an older transaction that is still open: ask again soon. */
  readonly waiting: boolean;
}

const CURSOR = /^(\d{1,20})-(\d{1,19})$/;

function parse(cursor: FeedCursor): [xid: string, seq: string] {
  const match = CURSOR.exec(cursor);
  if (match === null) {
    throw new RangeError(
      `"${cursor}" is not a place in the alert feed (xid-seq). Start without one.`,
    );
  }
  return [match[1] as string, match[2] as string];
}

/** The place before the first event. */
export const FEED_START: FeedCursor = '0-0';

/** The place after everything that can be read now: for listeners that want only what comes. */
export async function feedEnd(client: Pool | PoolClient): Promise<FeedCursor> {
  const found = await client.query<{ xid: string; seq: string }>(
    `select xid::text, seq from alert_event
     where xid < pg_snapshot_xmin(pg_current_snapshot()) order by alert_event.xid desc, seq desc limit 1`,
  );
  const row = found.rows[0];
  return row === undefined ? FEED_START : `${row.xid}-${row.seq}`;
}

/**
 * Alert events after a place, in the order (transaction, number). Only events below the oldest transaction still open
 * are given, so one that commits late is never skipped (audit.md, "Sequencing without a hot row").
 */
export async function readFeed(
  client: Pool | PoolClient,
  after: FeedCursor,
  limit: number,
): Promise<FeedPage> {
  const [xid, seq] = parse(after);
  const found = await client.query<
    Omit<FeedEvent, 'cursor' | 'at'> & { xid: string; seq: string; at: Date; readable: boolean }
  >(
    `select xid::text as xid, seq, alert_id as "alertId", event_no as "eventNo", kind, at, level, state, reason, detail,
       region_code as "regionCode", recipient_unit as "recipientUnit", subject_persons as "subjectPersons",
       shared_space as "sharedSpace", xid < pg_snapshot_xmin(pg_current_snapshot()) as readable
     from alert_event
     where (alert_event.xid, alert_event.seq) > ($1::xid8, $2::bigint)
     order by alert_event.xid, alert_event.seq limit $3`,
    [xid, seq, limit],
  );
  const readable = found.rows.filter((row) => row.readable);
  const events = readable.map(({ xid: ofXid, seq: ofSeq, at, readable: _, ...event }) => ({
    ...event,
    at: at.getTime(),
    cursor: `${ofXid}-${ofSeq}`,
  }));
  return {
    events,
    cursor: events.at(-1)?.cursor ?? after,
    waiting: readable.length < found.rows.length,
  };
}

/**
 * Calls `changed` after every commit that changed alerts, until the returned function is called. Uses one connection of
 * the pool; when it breaks `lost` is called once and nothing more comes: listen again and read the feed from the cursor.
 */
export async function listenForAlerts(
  pool: Pool,
  changed: () => void,
  lost: (error: Error) => void,
): Promise<() => Promise<void>> {
  const client = await pool.connect();
  let done = false;
  const end = (error?: Error): void => {
    if (done) return;
    done = true;
    client.removeAllListeners('notification');
    client.release(error ?? true);
  };
  client.on('notification', () => changed());
  client.on('error', (error) => {
    if (done) return;
    end(error);
    lost(error);
  });
  await client.query(`listen ${ALERT_CHANNEL}`);
  return async () => end();
}
