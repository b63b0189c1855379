import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { makeKeyFile, readKeyFile, type SigningKey } from '#audit-keys/key-file.js';
import {
  bucketOf,
  commitmentRecord,
  encodeBucket,
  entityHash,
  indexBuilder,
} from '#core/audit/entity/entity-index.js';
import { formatCheckpoint } from '#core/audit/note/checkpoint.js';
import { AuditTrail } from '#store/audit-trail.js';
import { appendLeaves } from '#store/audit-tree/append-leaves.js';
import { nativeSha256 } from '#store/audit-tree/native-sha256.js';
import { inTransaction } from '#store/audit-tree/sequencing.js';
import { openTree, readTreeState } from '#store/audit-tree/tree-state.js';

export const ORIGIN = 'mingcha.test/log';

/**
 * Sequencer, signer and one witness in one place, moved on by hand: what the processes do by the clock. Leaves, tiles and
 * signatures come from the code that they run.
 */
export class LogDesk {
  private readonly pool: Pool;
  private readonly folder = mkdtempSync(join(tmpdir(), 'mingcha-log-desk-'));
  readonly policy: string;
  readonly exportKey: SigningKey;
  private readonly log: SigningKey;
  private readonly witness: SigningKey;

  constructor(url: string) {
    this.pool = new Pool({ connectionString: url, max: 2 });
    const made = (name: string, type: 1 | 4) => {
      const file = join(this.folder, name.replaceAll('/', '-'));
      return { vkey: makeKeyFile(file, name, type), key: readKeyFile(file, type) };
    };
    const log = made(ORIGIN, 1);
    const witness = made('witness.test', 4);
    const exporter = made('export.test', 1);
    this.log = log.key;
    this.witness = witness.key;
    this.exportKey = exporter.key;
    this.policy = `origin ${ORIGIN}\nlog ${log.vkey}\nwitness ${witness.vkey}\nquorum 1\nexport ${exporter.vkey}\n`;
  }

  /** The key file of the exporter. */
  get exportKeyFile(): string {
    return join(this.folder, 'export.test');
  }

  /** Gives every committed record its place and signs the tree. */
  async checkpoint(at: Date = new Date('2026-03-05T02:00:00Z')): Promise<number> {
    // A transaction anywhere on the server, also of another test's database, makes records wait.
    while (!(await this.sequenced())) await sleep(20);
    const { size, root } = await readTreeState(this.pool);
    const text = formatCheckpoint({ origin: ORIGIN, size, root, extensions: [] });
    const seconds = at.getTime() / 1000;
    const note = `${text}\n${this.log.line(text, seconds)}${this.witness.line(text, seconds)}`;
    await this.pool.query(
      `insert into audit_checkpoint (size, root, note, signed_at, complete) values ($1, $2, $3, $4, true)
       on conflict do nothing`,
      [size, root, note, at],
    );
    return size;
  }

  /** One batch; true once every record has its place. */
  private async sequenced(): Promise<boolean> {
    const client = await this.pool.connect();
    try {
      const tree = await openTree(client);
      await inTransaction(client, () => appendLeaves(client, tree, 1_000_000));
      const { rows } = await client.query<{ waiting: boolean }>(
        `select (select count(*) from audit_record) > (select count(*) from audit_leaf) as waiting`,
      );
      return rows[0]?.waiting === false;
    } finally {
      client.release();
    }
  }

  /** Commits the heads of all chains as of the tree's size, as one record. */
  async commitIndex(at: Date = new Date('2026-03-05T02:00:01Z')): Promise<void> {
    const { size } = await readTreeState(this.pool);
    const { rows } = await this.pool.query<{ entity: string; seq: string; head: Buffer }>(
      `select distinct on (r.entity) r.entity, r.entity_seq as seq, l.leaf_hash as head
       from audit_record r join audit_leaf l on l.record_no = r.record_no
       where r.entity is not null order by r.entity, r.entity_seq desc`,
    );
    const heads = rows
      .map((row) => ({
        entityHash: entityHash(row.entity),
        entitySeq: Number(row.seq),
        head: new Uint8Array(row.head),
      }))
      .sort((a, b) => Buffer.compare(a.entityHash, b.entityHash));
    const builder = indexBuilder(nativeSha256);
    for (const head of heads) builder.add(head);
    const { root, entities } = builder.finish();
    const client = await this.pool.connect();
    try {
      await inTransaction(client, async () => {
        const trail = new AuditTrail({
          time: at.getTime(),
          actor: 'sequencer',
          tenant: 'main',
          traceId: null,
        });
        const record = commitmentRecord({ size, entities, root });
        trail.appendAlone(
          record.object,
          { ...record, ruleVersion: null, inputsDigest: null },
          null,
        );
        await client.query("select ensure_month('audit_record', $1)", [at]);
        await trail.write(client);
        const { rows: written } = await client.query<{ record_no: string }>(
          'select record_no from audit_record where entity is null and object = $1',
          [record.object],
        );
        await client.query(
          `insert into audit_index (size, entities, root, record_no, committed_at) values ($1, $2, $3, $4, $5)`,
          [size, entities, Buffer.from(root), written[0]?.record_no, at],
        );
        for (const bucket of new Set(heads.map((head) => bucketOf(head.entityHash)))) {
          const own = heads.filter((head) => bucketOf(head.entityHash) === bucket);
          const hash = createHash('sha256')
            .update('\u0000')
            .update(encodeBucket(bucket, own))
            .digest();
          await client.query('insert into audit_index_bucket values ($1, $2, $3)', [
            bucket,
            size,
            hash,
          ]);
          for (const head of own)
            await client.query('insert into audit_entity_head values ($1, $2, $3, $4, $5)', [
              bucket,
              Buffer.from(head.entityHash),
              size,
              head.entitySeq,
              Buffer.from(head.head),
            ]);
        }
      });
    } finally {
      client.release();
    }
  }

  /** Everything that a build waits for. */
  async settle(): Promise<void> {
    await this.checkpoint();
    await this.commitIndex();
    await this.checkpoint();
  }

  async close(): Promise<void> {
    await this.pool.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
