import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { AuditTrail } from '#store/audit-trail.js';
import { closeWriter, openWriter } from '#store/writer.js';

/**
 * Writes audit records as the store's own code does, for as long as it is told: transactions of a batch each on several
 * connections, in entity chains. For every transaction a line `xid milliseconds` goes to the file: when its commit had
 * been answered. RATE bounds the records per second; 0: as fast as it goes.
 */
const { DATABASE_URL = '', OUT = '' } = process.env;
const [seconds, connections, batch, rate] = ['SECONDS', 'CONNECTIONS', 'BATCH', 'RATE'].map(
  (name) => Number(process.env[name]),
) as [number, number, number, number];
const AT = Date.UTC(2025, 2, 5);

const writer = openWriter({
  url: DATABASE_URL,
  role: 'mingcha_monitor',
  masterKey: null,
  connections,
});

/** One transaction of `batch` records, each the next of a case of its own connection. */
async function write(client: PoolClient, name: string, number: number): Promise<string> {
  await client.query('begin');
  const { rows } = await client.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
  const trail = new AuditTrail({
    time: AT + number,
    actor: 'bench',
    tenant: 'main',
    traceId: null,
  });
  const scope = {
    regionCode: '130602',
    unitPath: 'a/b',
    subjectPersons: ['U1/G1'],
    recipientUnit: 'U1',
    sharedSpace: false,
  };
  for (let index = 0; index < batch; index += 1) {
    const object = `event:feed-a/${name}-${number}-${index}`;
    trail.append(
      `case:feed-a/${name}-${number}-${index >> 3}`,
      heads(name, number, index),
      {
        action: 'event.accepted',
        object,
        schema: 'mingcha.event-accepted/1',
        ruleVersion: null,
        inputsDigest: 'ab'.repeat(32),
        fields: {
          type: 'approval.accepted',
          topic: 'mingcha.events',
          partition: 1,
          offset: String(number),
        },
      },
      scope,
    );
  }
  await trail.write(client);
  await client.query('commit');
  return rows[0]?.xid ?? '';
}

/** Eight records for each case, all in one transaction. */
let current = { key: '', head: { seq: 0, hash: null as Buffer | null } };
function heads(name: string, number: number, index: number) {
  const key = `${name}-${number}-${index >> 3}`;
  if (current.key !== key) current = { key, head: { seq: 0, hash: null } };
  return current.head;
}

await writer.pool.query("select ensure_month('audit_record', $1)", [new Date(AT)]);
const startedAt = performance.now();
let written = 0;
await Promise.all(
  Array.from({ length: connections }, async (_, at) => {
    const client = await writer.pool.connect();
    let lines = '';
    for (let number = 0; performance.now() - startedAt < seconds * 1_000; number += 1) {
      const ahead = rate === 0 ? 0 : (written / rate) * 1_000 - (performance.now() - startedAt);
      if (ahead > 0) await wait(ahead);
      written += batch;
      const xid = await write(client, `w${at}`, number);
      lines += `${xid} ${Date.now()}\n`;
    }
    client.release();
    appendFileSync(OUT, lines);
  }),
);
await closeWriter(writer);
