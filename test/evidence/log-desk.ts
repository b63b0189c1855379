import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { makeKeyFile, readKeyFile, type SigningKey } from '#audit-keys/key-file.js';
import { formatCheckpoint } from '#core/audit/note/checkpoint.js';
import { appendLeaves } from '#store/audit-tree/append-leaves.js';
import { commitIndex } from '#store/audit-tree/commit-index.js';
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

  /** Gives the next so many records their places, and commits the heads of all chains as of there. */
  async sequence(records: number): Promise<number> {
    const client = await this.pool.connect();
    try {
      const tree = await openTree(client);
      await inTransaction(client, () => appendLeaves(client, tree, records));
    } finally {
      client.release();
    }
    await this.commitIndex();
    return (await readTreeState(this.pool)).size;
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
    await this.pool.query("select ensure_month('audit_record', $1)", [at]);
    const client = await this.pool.connect();
    try {
      await inTransaction(client, () =>
        commitIndex(client, {
          size,
          evenWithGaps: false,
          at: at.getTime(),
          actor: 'sequencer',
          tenant: 'main',
        }),
      );
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
