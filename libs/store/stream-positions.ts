import type { Pool, PoolClient } from 'pg';
import type { Instant } from '#core/event/event.js';

export interface SavedPosition {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next record to read. */
  readonly nextOffset: bigint;
  /** Log time up to which the partition was read to its end and saved. */
  readonly consumedThrough: Instant;
}

/** Saved positions of one topic's partitions, in partition order; partitions never saved are missing. */
export async function loadPositions(
  client: Pool | PoolClient,
  topic: string,
): Promise<SavedPosition[]> {
  const found = await client.query<{
    topic: string;
    partition: number;
    next_offset: string;
    consumed_through: Date;
  }>('select * from stream_position where topic = $1 order by "partition"', [topic]);
  return found.rows.map((row) => ({
    topic: row.topic,
    partition: row.partition,
    nextOffset: BigInt(row.next_offset),
    consumedThrough: row.consumed_through.getTime(),
  }));
}
