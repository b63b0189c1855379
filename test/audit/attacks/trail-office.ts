import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { judgeRequest } from '#audit-keys/checkpoint-desk.js';
import { makeKeyFile, readKeyFile, type SigningKey } from '#audit-keys/key-file.js';
import { StateFolder } from '#audit-keys/state-folder.js';
import { formatCheckpoint } from '#core/audit/note/checkpoint.js';
import { parseVerifierKey } from '#core/audit/note/note-key.js';
import { formatAddCheckpoint } from '#core/audit/note/witness-request.js';
import { rootOf } from '#core/audit/tree/hash-tree.js';
import { EMPTY_EDGE, growTiles } from '#store/audit-tree/grow-tiles.js';
import { nativeSha256 } from '#store/audit-tree/native-sha256.js';
import { readConsistency, saveTiles } from '#store/audit-tree/tiles.js';
import { loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { type Ended, mingcha } from '../../cli/run-mingcha.js';
import {
  monitorOf,
  raised,
  STORE,
  sampleAlert,
  sampleCase,
  sampleEvent,
  sampleFinding,
  toSave,
} from '../../store/sample-step.js';
import { sequenceAll } from '../../store/sequence-all.js';

export const ORIGIN = 'log.example/trail';
const WITNESSES = ['witness.example/a', 'witness.example/b'];

/** A key with its state: the log's own signer, or a witness. */
interface Desk {
  readonly key: SigningKey;
  readonly vkey: string;
  readonly folder: string;
  readonly state: StateFolder;
}

/** A database with records, and everybody who signs for its log, each with a state of their own. */
export class TrailOffice {
  private readonly writer: Writer;
  private readonly sequencer: Pool;
  private saved = 0;
  private ownsDatabase = true;

  private constructor(
    readonly folder: string,
    readonly database: TestDatabase,
    readonly admin: Client,
    readonly signer: Desk,
    readonly witnesses: readonly Desk[],
  ) {
    this.writer = monitorOf(database.url);
    this.sequencer = new Pool({
      connectionString: database.url,
      max: 1,
      options: '-c role=mingcha_sequencer',
    });
  }

  /** @param given a migrated database that somebody else drops; default: one of its own */
  static async open(given?: TestDatabase): Promise<TrailOffice> {
    const folder = mkdtempSync(join(tmpdir(), 'mingcha-trail-'));
    const database = given ?? (await createDatabase(STORE));
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const signer = deskOf(folder, ORIGIN, 1);
    const witnesses = WITNESSES.map((name) => deskOf(folder, name, 4));
    const office = new TrailOffice(folder, database, admin, signer, witnesses);
    office.writePolicy([signer.vkey]);
    office.ownsDatabase = given === undefined;
    return office;
  }

  get keys(): string {
    return join(this.folder, 'policy');
  }

  writePolicy(logKeys: readonly string[]): void {
    const lines = [
      ...logKeys.map((vkey) => `log ${vkey}`),
      ...this.witnesses.map(({ vkey }) => `witness ${vkey}`),
      'quorum 2',
    ];
    writeFileSync(this.keys, `${lines.join('\n')}\n`);
  }

  /** Saves steps as a monitor does: each an event of one of three cases, with a finding and an alert in the first. */
  async save(steps: number, at = Date.now(), cases = 'A'): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      const number = this.saved;
      this.saved += 1;
      const subject = `${cases}${number % 3}`;
      const [loaded] = await loadCases(this.writer.pool, this.writer, [`feed-a/${subject}`]);
      const finding = number < 3 ? sampleFinding(subject, { id: `f${number}` }) : null;
      await saveStep(this.writer, {
        ...emptyStep('monitor', at),
        events: [toSave(sampleEvent(subject, `e${number}`, { receivedAt: at }), BigInt(number))],
        cases: [sampleCase(subject, loaded?.version ?? 0, { asOf: at })],
        changes: finding === null ? [] : [{ caseId: finding.subject, change: raised(finding) }],
        alerts: finding === null ? [] : [sampleAlert(finding, { at })],
      });
    }
  }

  /** Gives every record its place. A transaction of another test's database may hold records back for a moment. */
  async sequence(): Promise<void> {
    const client = await this.sequencer.connect();
    try {
      await sequenceAll(client);
    } finally {
      client.release();
    }
  }

  /** Has the tree as it stands signed and cosigned, and stores the checkpoint. Throws where somebody refuses. */
  async sign(): Promise<void> {
    const { rows } = await this.admin.query<{ size: string; root: Buffer }>(
      'select size, root from audit_tree',
    );
    const size = Number(rows[0]?.size);
    const root = rows[0]?.root as Buffer;
    const text = formatCheckpoint({ origin: ORIGIN, size, root, extensions: [] });
    let note = `${text}\n`;
    for (const desk of [this.signer, ...this.witnesses]) note += await this.ask(desk, note, size);
    await this.store(size, root, note);
  }

  async store(size: number, root: Buffer, note: string): Promise<void> {
    await this.admin.query(
      `insert into audit_checkpoint (size, root, note, signed_at, complete) values ($1, $2, $3, now(), true)
       on conflict (size) do nothing`,
      [size, root, note],
    );
  }

  /** Saves, sequences and signs: one more stretch of honest history. */
  async goOn(steps: number): Promise<void> {
    await this.save(steps);
    await this.sequence();
    await this.sign();
  }

  /** What a superuser does, with every trigger and constraint trigger out of the way. */
  async asAttacker(...statements: readonly string[]): Promise<void> {
    await this.admin.query('set session_replication_role = replica');
    try {
      for (const statement of statements) await this.admin.query(statement);
    } finally {
      await this.admin.query('reset session_replication_role');
    }
  }

  /** Place in the log of the record with this id. */
  async placeOf(id: string): Promise<number> {
    return this.value<number>(
      `select l.leaf_index::int as value from audit_leaf l join audit_record r using (record_no) where r.id = '${id}'`,
    );
  }

  /** The record with this number in the log. */
  async record(leafIndex: number): Promise<{ id: string; recordNo: string; leaf: string }> {
    const { rows } = await this.admin.query<{ id: string; recordNo: string; leaf: string }>(
      `select r.id, r.record_no as "recordNo", r.leaf from audit_leaf l join audit_record r using (record_no)
       where l.leaf_index = $1`,
      [leafIndex],
    );
    return rows[0] as { id: string; recordNo: string; leaf: string };
  }

  async value<T>(sql: string): Promise<T> {
    const { rows } = await this.admin.query<{ value: T }>(sql);
    return rows[0]?.value as T;
  }

  /**
   * Builds leaves, tiles and tree anew from the records as they stand: everything in the database then fits together,
   * but for what others have signed.
   */
  async rebuildTree(): Promise<void> {
    await this.asAttacker(
      "update audit_record set leaf_hash = sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'))",
      'update audit_leaf l set leaf_hash = r.leaf_hash from audit_record r where r.record_no = l.record_no',
      'delete from audit_tile',
    );
    const { rows } = await this.admin.query<{ hashes: Buffer }>(
      "select string_agg(leaf_hash, ''::bytea order by leaf_index) as hashes from audit_leaf",
    );
    const { edge, changed } = growTiles(EMPTY_EDGE, rows[0]?.hashes ?? Buffer.alloc(0));
    await this.admin.query('set session_replication_role = replica');
    await saveTiles(this.admin, changed);
    await this.admin.query('update audit_tree set root = $1, size = $2', [
      rootOf(edge.tree, nativeSha256),
      edge.tree.size,
    ]);
    await this.admin.query('reset session_replication_role');
  }

  verify(...more: readonly string[]): Promise<Ended> {
    const args = ['verify', '--database', this.database.url, '--lang', 'en', ...more];
    return mingcha(args);
  }

  /** With keys, and with what signer and witnesses remember. */
  verifyAll(...more: readonly string[]): Promise<Ended> {
    const states = this.witnesses.flatMap(({ folder }) => ['--witness-state', folder]);
    return this.verify(
      '--keys',
      this.keys,
      '--signer-state',
      this.signer.folder,
      ...states,
      ...more,
    );
  }

  async close(): Promise<void> {
    for (const { state } of [this.signer, ...this.witnesses]) state.release();
    await closeWriter(this.writer);
    await this.sequencer.end();
    await this.admin.end();
    if (this.ownsDatabase) await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async ask(desk: Desk, note: string, size: number): Promise<string> {
    const unsigned = desk === this.signer;
    const last = desk.state.last(ORIGIN)?.size ?? 0;
    const proof = last > size ? [] : await readConsistency(this.admin, last, size);
    const request = formatAddCheckpoint({ oldSize: last, proof, note });
    const { status, body } = judgeRequest(request, {
      logs: new Map([[ORIGIN, unsigned ? 'unsigned' : [parseVerifierKey(this.signer.vkey)]]]),
      state: desk.state,
      sign: (text) => desk.key.line(text, Math.floor(Date.now() / 1000)),
    });
    if (status !== 200) throw new Error(`${desk.key.name} answers ${status}: ${body.trim()}`);
    return body;
  }
}

function deskOf(folder: string, name: string, type: 1 | 4): Desk {
  const file = join(folder, `${name.replaceAll('/', '-')}.key`);
  const vkey = makeKeyFile(file, name, type);
  const stateFolder = join(folder, `${name.replaceAll('/', '-')}.state`);
  return {
    key: readKeyFile(file, type),
    vkey,
    folder: stateFolder,
    state: new StateFolder(stateFolder),
  };
}
