import type { Pool, PoolClient } from 'pg';
import type { LogRecord } from '../event-log.js';
import type { FetchedChunk } from '../partition-lane.js';
import type { LogEnds } from '../partitioned-subscription.js';

/** A read brings at most this much, except that a single larger record is brought whole. */
const READ_BYTES = 1024 * 1024;
const READ_RECORDS = 2_000;

interface Row {
  readonly offset: string;
  readonly key: string | null;
  readonly headers: string;
  readonly value: Buffer | null;
  readonly appended_at: string;
}

const READ = `
select "offset", key, headers::text as headers, value, appended_at from (
  select r.*, sum(coalesce(octet_length(value), 0)) over (order by "offset") - coalesce(octet_length(value), 0) as before
  from (
    select "offset", key, headers, value, appended_at from inbox_record
    where topic = $1 and partition = $2 and "offset" >= $3
    order by "offset" limit ${READ_RECORDS}
  ) as r
) as bounded
where before < ${READ_BYTES} order by "offset"`;

/** What the inbox holds from `offset` (inclusive) on, null where it ends before it. */
export async function readChunk(
  pool: Pool,
  place: { readonly topic: string; readonly partition: number },
  offset: bigint,
): Promise<FetchedChunk | null> {
  const { topic, partition } = place;
  const { rows } = await pool.query<Row>({
    name: 'inbox-read',
    text: READ,
    values: [topic, partition, offset.toString()],
  });
  const records = rows.map(
    (row): LogRecord => ({
      topic,
      partition,
      offset: BigInt(row.offset),
      key: row.key,
      value: row.value,
      headers: JSON.parse(row.headers) as Record<string, string>,
      appendedAt: Number(row.appended_at),
    }),
  );
  const last = records.at(-1);
  if (last === undefined) return null;
  const nextOffset = last.offset + 1n;
  return { records, nextOffset, highWatermark: nextOffset, fetchedAt: Date.now() };
}

/** Rejects where the partition does not exist. */
export async function readBounds(pool: Pool, topic: string, partition: number): Promise<LogEnds> {
  const { rows } = await pool.query<{ first: string; end: string; at: string }>(
    `select c.next_offset as "end", c.last_appended_at as at,
       coalesce((select min(r."offset") from inbox_record r
                 where r.topic = c.topic and r.partition = c.partition), c.next_offset) as first
     from inbox_partition c where c.topic = $1 and c.partition = $2`,
    [topic, partition],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`Inbox topic ${topic} has no partition ${partition}.`);
  return { first: BigInt(row.first), end: BigInt(row.end), at: Number(row.at) };
}

export interface InboxEnd {
  readonly partition: number;
  readonly end: bigint;
  /** Database clock, ms: every record appended before it lies before `end`. */
  readonly at: number;
}

/**
 * Ends of partitions. Each row is locked for share, which waits for writers that hold offsets not
 * yet visible; without it a record with an older append time could still appear before `end`.
 */
export async function readEnds(
  client: PoolClient,
  topic: string,
  partitions: readonly number[],
): Promise<readonly InboxEnd[]> {
  const { rows } = await client.query<{ partition: number; next_offset: string; at: string }>(
    `select partition, next_offset, floor(extract(epoch from clock_timestamp()) * 1000)::bigint as at
     from inbox_partition where topic = $1 and partition = any ($2) order by partition for share`,
    [topic, partitions],
  );
  return rows.map(({ partition, next_offset, at }) => ({
    partition,
    end: BigInt(next_offset),
    at: Number(at),
  }));
}

export async function countInboxPartitions(pool: Pool, topic: string): Promise<number> {
  const { rows } = await pool.query<{ partitions: number }>(
    'select count(*)::integer as partitions from inbox_partition where topic = $1',
    [topic],
  );
  return rows[0]?.partitions ?? 0;
}
