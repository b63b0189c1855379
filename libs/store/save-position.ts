import type { PoolClient } from 'pg';
import { StalePositionError } from './errors.js';
import type { StreamAdvance } from './step-to-save.js';

/**
 * Moves a partition's position by compare-and-set. First statement of the transaction: a second consumer of the same
 * partition waits here and then finds the position moved. A partition without a row was never saved and may begin at
 * any offset (brokers drop old records). Throws StalePositionError.
 */
export async function savePosition(client: PoolClient, advance: StreamAdvance): Promise<void> {
  const { topic, partition, fromOffset, nextOffset, consumedThrough } = advance;
  const moved = await client.query(
    `insert into stream_position as p (topic, "partition", next_offset, consumed_through)
     values ($1, $2, $4, to_timestamp($5::float8 / 1000))
     on conflict (topic, "partition") do update
       set next_offset = excluded.next_offset,
           consumed_through = greatest(p.consumed_through, excluded.consumed_through)
       where p.next_offset = $3`,
    [topic, partition, fromOffset.toString(), nextOffset.toString(), consumedThrough],
  );
  if (moved.rowCount === 1) return;
  const found = await client.query<{ next_offset: string }>(
    'select next_offset from stream_position where topic = $1 and "partition" = $2',
    [topic, partition],
  );
  throw new StalePositionError(
    topic,
    partition,
    fromOffset,
    BigInt(found.rows[0]?.next_offset ?? 0),
  );
}
