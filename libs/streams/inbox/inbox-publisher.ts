import type { Pool, PoolClient } from 'pg';
import { type OutgoingRecord, RecordRefused } from '../event-log.js';
import { partitionOfKey } from '../partition-of-key.js';
import { INBOX_CHANNEL } from './inbox-ddl.js';

/** One transaction, and so one hold of the partitions' locks. */
const APPEND_BYTES = 4 * 1024 * 1024;
const APPEND_RECORDS = 5_000;
const NUL = String.fromCharCode(0);

/** Postgres keeps neither NUL nor half a surrogate pair in text; Kafka would take both. */
function checkText(index: number, place: string, text: string): void {
  if (text.includes(NUL)) throw new RecordRefused(index, `${place} holds a NUL character`);
  if (!text.isWellFormed()) throw new RecordRefused(index, `${place} is not well-formed Unicode`);
}

function headersText(index: number, headers: OutgoingRecord['headers']): string {
  if (headers === undefined) return '{}';
  for (const [name, value] of Object.entries(headers)) {
    checkText(index, 'the name of a header', name);
    checkText(index, `header ${name}`, value);
  }
  return JSON.stringify(headers);
}

/** Records of one transaction by column; the values lie one behind the other in the payload. */
class Append {
  readonly partitions: number[] = [];
  readonly keys: (string | null)[] = [];
  readonly headers: string[] = [];
  readonly starts: number[] = [];
  readonly lengths: number[] = [];
  readonly values: Uint8Array[] = [];
  bytes = 0;

  hasRoomFor(value: Uint8Array | null): boolean {
    if (this.partitions.length >= APPEND_RECORDS) return false;
    return this.bytes === 0 || this.bytes + (value?.byteLength ?? 0) <= APPEND_BYTES;
  }

  add(partition: number, headers: string, { key, value }: OutgoingRecord): void {
    this.partitions.push(partition);
    this.keys.push(key);
    this.headers.push(headers);
    this.starts.push(this.bytes + 1);
    this.lengths.push(value?.byteLength ?? -1);
    if (value === null) return;
    this.values.push(value);
    this.bytes += value.byteLength;
  }
}

interface Counter {
  readonly partition: number;
  readonly next_offset: string;
  readonly last_appended_at: string;
}

const LOCK = `
select "partition", next_offset, last_appended_at
from inbox_partition where topic = $1 and "partition" = any ($2) order by "partition" for update`;

/** Asked only once the lock is held: a time from before the wait could lie before one that a reader
 * has already declared read to its end. */
const NOW = '(select floor(extract(epoch from clock_timestamp()) * 1000)::bigint)';

/** The values travel as one binary parameter: an array of bytea would be sent as escaped hex. */
const INSERT = `
insert into inbox_record (topic, "partition", "offset", key, headers, value, appended_at)
select $1, r.p, r.o, r.k, r.h::jsonb,
       case when r.length >= 0 then substring($7::bytea from r.start for r.length) end, greatest(c.last, ${NOW})
from unnest($2::int[], $3::bigint[], $4::text[], $5::text[], $6::int[], $8::int[]) as r(p, o, k, h, start, length)
join unnest($9::int[], $10::bigint[]) as c(p, last) on c.p = r.p`;

const ADVANCE = `
with advanced as (
  update inbox_partition c set next_offset = n.next_offset, last_appended_at = greatest(c.last_appended_at, ${NOW})
  from unnest($2::int[], $3::bigint[]) as n(p, next_offset)
  where c.topic = $1 and c."partition" = n.p returning c."partition" as p
)
select pg_notify('${INBOX_CHANNEL}', $1 || '/' || p) from advanced`;

/** Appends to the inbox: each transaction up to 5,000 records or 4 MiB, in the order given. */
export class InboxPublisher {
  private turn = 0;

  constructor(private readonly pool: Pool) {}

  /** All records are checked before the first is written. See EventLog.publish. */
  async publish(
    topic: string,
    partitions: number,
    records: readonly OutgoingRecord[],
  ): Promise<void> {
    const appends: Append[] = [];
    let append = new Append();
    for (const [index, record] of records.entries()) {
      const { key, value } = record;
      if (key !== null) checkText(index, 'the key', key);
      if (!append.hasRoomFor(value)) {
        appends.push(append);
        append = new Append();
      }
      const partition = key === null ? this.turn++ % partitions : partitionOfKey(key, partitions);
      append.add(partition, headersText(index, record.headers), record);
    }
    if (append.partitions.length > 0) appends.push(append);
    for (const each of appends) await this.write(topic, each);
  }

  private async write(topic: string, append: Append): Promise<void> {
    const client = await this.pool.connect();
    // The pool listens only while a connection is idle; the query that is running rejects as well.
    const ignore = (): void => undefined;
    client.on('error', ignore);
    try {
      await client.query('begin');
      await this.writeLocked(client, topic, append);
      await client.query('commit');
      client.off('error', ignore);
      client.release();
    } catch (error) {
      // The connection may be broken or within the failed transaction; closing it rolls back.
      client.release(true);
      throw error;
    }
  }

  /** A crash here leaves nothing: offsets taken by a transaction that is rolled back are taken again. */
  private async writeLocked(client: PoolClient, topic: string, append: Append): Promise<void> {
    const touched = [...new Set(append.partitions)];
    const { rows } = await client.query<Counter>(LOCK, [topic, touched]);
    if (rows.length !== touched.length) {
      throw new Error(
        `Inbox topic ${topic} has lost partitions: ${rows.length} of ${touched.length} exist.`,
      );
    }
    const next = new Map(rows.map((row) => [row.partition, BigInt(row.next_offset)]));
    const offsets = append.partitions.map((partition) => {
      const offset = next.get(partition) ?? 0n;
      next.set(partition, offset + 1n);
      return offset.toString();
    });
    const partitions = rows.map((row) => row.partition);
    const times = rows.map((row) => row.last_appended_at);
    await client.query({
      name: 'inbox-insert',
      text: INSERT,
      values: [
        topic,
        append.partitions,
        offsets,
        append.keys,
        append.headers,
        append.starts,
        Buffer.concat(append.values),
        append.lengths,
        partitions,
        times,
      ],
    });
    const ends = partitions.map((partition) => String(next.get(partition)));
    await client.query(ADVANCE, [topic, partitions, ends]);
  }
}
