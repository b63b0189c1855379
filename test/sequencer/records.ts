import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Pool, type PoolClient } from 'pg';
import { AuditTrail } from '#store/audit-trail.js';
import { openWriter, type Writer } from '#store/writer.js';

export const AT = Date.UTC(2025, 2, 5, 1, 2, 3, 4);

/** A writer as processes have it; the month of AT is there afterwards. */
export async function writerAt(url: string, connections = 8): Promise<Writer> {
  const writer = openWriter({ url, role: 'mingcha_api', masterKey: null, connections });
  await writer.pool.query("select ensure_month('audit_record', $1)", [new Date(AT)]);
  return writer;
}

/** Writes records that belong to no entity, in the transaction that is open. */
export async function writeRecords(client: PoolClient, ids: readonly string[]): Promise<void> {
  const trail = new AuditTrail({ time: AT, actor: 'test', tenant: 'main', traceId: null });
  for (const id of ids)
    trail.appendAlone(
      id,
      {
        action: 'person.looked-up',
        object: `person:${id}`,
        schema: 'mingcha.looked-up/1',
        ruleVersion: null,
        inputsDigest: null,
        fields: { purpose: 'test' },
      },
      null,
    );
  await trail.write(client);
}

/** One committed transaction with this many records. */
export async function commitRecords(writer: Writer, name: string, count = 1): Promise<void> {
  const client = await writer.pool.connect();
  try {
    await client.query('begin');
    await writeRecords(
      client,
      Array.from({ length: count }, (_, index) => `${name}-${index}`),
    );
    await client.query('commit');
  } finally {
    client.release();
  }
}

/**
 * Writes until told to stop: transactions of 1 to 40 records that stay open for a while; about one in six is rolled back,
 * and any may be ended by the server at any time.
 */
export async function writeUntil(url: string, name: string, stop: AbortSignal): Promise<void> {
  for (let number = 0; !stop.aborted; number += 1) {
    const pool = new Pool({
      connectionString: url,
      max: 1,
      options: '-c role=mingcha_api',
      application_name: 'test-writer',
    });
    pool.on('error', () => undefined);
    // At once: the server may end a connection with the packet that opens it.
    pool.on('connect', (made) => made.on('error', () => undefined));
    let client: PoolClient | null = null;
    try {
      client = await pool.connect();
      for (let step = 0; step < 12 && !stop.aborted; step += 1) {
        await client.query('begin');
        const parts = randomInt(1, 4);
        for (let part = 0; part < parts; part += 1) {
          const ids = Array.from(
            { length: randomInt(1, 14) },
            (_, index) => `${name}/${number}/${step}/${part}/${index}`,
          );
          await writeRecords(client, ids);
          if (randomInt(3) === 0) await wait(randomInt(60));
        }
        await client.query(randomInt(6) === 0 ? 'rollback' : 'commit');
      }
      client.release();
    } catch {
      // Ended by the server in the middle of its transaction.
      client?.release(true);
    }
    await pool.end();
  }
}

/** Ends writers' sessions at random, many of them in the middle of a transaction, until told to stop. */
export async function killWriters(admin: Client, stop: AbortSignal): Promise<number> {
  let killed = 0;
  while (!stop.aborted) {
    await wait(randomInt(30, 120));
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'test-writer' and datname = current_database() and xact_start is not null
       order by random() limit 1`,
    );
    killed += rowCount ?? 0;
  }
  return killed;
}

export interface Comparison {
  readonly records: number;
  readonly leaves: number;
  /** Records without a leaf, leaves without their record, leaves whose hash or place differs. */
  readonly wrong: number;
  readonly gaps: number;
}

/** Compares records and leaves one to one, by an independent query. */
export async function compare(admin: Client): Promise<Comparison> {
  const { rows } = await admin.query<Comparison>(
    `select (select count(*)::int from audit_record) as records, (select count(*)::int from audit_leaf) as leaves,
       (select count(*)::int from audit_record r full join audit_leaf l on l.record_no = r.record_no
        where r.record_no is null or l.record_no is null or r.leaf_hash <> l.leaf_hash or r.xid <> l.xid or r."time" <> l.record_time) as wrong,
       (select coalesce(max(leaf_index) + 1 - count(*), 0)::int from audit_leaf) as gaps`,
  );
  return rows[0] as Comparison;
}

export async function withAdmin<T>(url: string, work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
