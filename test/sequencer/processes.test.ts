import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { readCommitment } from '#core/audit/entity/entity-index.js';
import { judgeEntity } from '#core/audit/entity/entity-proof.js';
import { judgeCheckpoint } from '#core/audit/note/checkpoint.js';
import { parseVerifierKey } from '#core/audit/note/note-key.js';
import { readLeaf } from '#core/audit/read-leaf.js';
import { verifyInclusion } from '#core/audit/tree/proof.js';
import { commitIndexNow } from '#store/audit-tree/ask-index.js';
import { readCoveringCheckpoint, readLatestCheckpoint } from '#store/audit-tree/checkpoints.js';
import { readEntityProof, readIndex } from '#store/audit-tree/read-index.js';
import { readInclusion } from '#store/audit-tree/tiles.js';
import { saveStep } from '#store/save-step.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { fullStep, monitorOf, STORE } from '#test/store/sample-step.js';
import { type AuditProcesses, startAuditProcesses } from '../../apps/cli/demo/audit-processes.js';
import { type AppProcess, startApp as start } from '../../apps/cli/demo/monitor-process.js';
import { freePorts } from '../../apps/cli/env/free-port.js';
import { commitRecords, compare, withAdmin, writeRecords, writerAt } from './records.js';

async function until(condition: () => Promise<boolean>, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await wait(30);
  }
}

let folder: string;
let database: TestDatabase;
let writer: Writer;
let audit: AuditProcesses;
let metricsPort: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mingcha-sequencer-'));
  database = await createDatabase(STORE);
  writer = await writerAt(database.url, 4);
  metricsPort = (await freePorts(1))[0] as number;
  audit = await startAuditProcesses(folder, database.url, {
    MINGCHA_SEQUENCE_MS: '50',
    MINGCHA_CHECKPOINT_MS: '50',
    MINGCHA_METRICS_PORT: String(metricsPort),
    MINGCHA_LAG_ALARM_S: '2',
  });
});

afterAll(async () => {
  await audit?.stop();
  await closeWriter(writer);
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** Programs of one test: ended after it, also where it failed. */
const started: AppProcess[] = [];
function startApp(...of: Parameters<typeof start>): AppProcess {
  const app = start(...of);
  started.push(app);
  return app;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.stop()));
});

const policy = (quorum = 1) => ({
  origin: audit.origin,
  logKeys: [parseVerifierKey(audit.logKey)],
  witnesses: [parseVerifierKey(audit.witnessKey)],
  quorum,
});

async function covered(size: number) {
  let found = await readCoveringCheckpoint(writer.pool, size);
  await until(async () => {
    found = await readCoveringCheckpoint(writer.pool, size);
    return found !== null;
  }, 20_000);
  return found!;
}

async function health(port = metricsPort) {
  const answer = await fetch(`http://127.0.0.1:${port}/health`);
  return {
    status: answer.status,
    body: (await answer.json()) as {
      reason: string | null;
      working: boolean;
      alarms: { alarm: string; text: string }[];
    },
  };
}

const program = (name: string): AppProcess => audit.apps.find((app) => app.name === name)!;

describe('sequencer, signer and witness', () => {
  it('bring a committed record under a checkpoint that both have signed', async () => {
    await commitRecords(writer, 'first', 300);
    const checkpoint = await covered(300);
    const judged = judgeCheckpoint(checkpoint.note, policy(), verifyEd25519);
    expect(judged).toMatchObject({
      ok: true,
      checkpoint: { size: checkpoint.size, origin: audit.origin },
    });
    expect(checkpoint.complete).toBe(true);
    for (const who of ['signer', 'witness'] as const)
      expect((await audit.signed(who)).size).toBeGreaterThanOrEqual(checkpoint.size);
    expect(await health()).toMatchObject({ status: 200, body: { working: true, alarms: [] } });
  });

  it('commit to the heads of all entities on demand, and an entity is shown to be complete', async () => {
    const monitor = monitorOf(database.url);
    await saveStep(monitor, fullStep(0n));
    await closeWriter(monitor);
    const api = openWriter({ url: database.url, role: 'mingcha_api', masterKey: null });
    const index = await commitIndexNow(api.pool, 'export:test');
    expect(index.checkpoint.size).toBeGreaterThan(index.recordIndex);
    const { size, root } = index.checkpoint;
    await withAdmin(database.url, async (admin) => {
      const leafAt = async (leafIndex: number) => {
        const { rows } = await admin.query(
          'select r.leaf, l.leaf_hash from audit_leaf l join audit_record r on r.record_no = l.record_no where l.leaf_index = $1',
          [leafIndex],
        );
        const proof = await readInclusion(admin, leafIndex, size);
        expect(
          verifyInclusion({ index: leafIndex, size, leafHash: rows[0].leaf_hash, proof, root }),
        ).toEqual({ ok: true });
        return rows[0].leaf as string;
      };
      const commitment = readCommitment(readLeaf(await leafAt(index.recordIndex))!)!;
      expect(commitment.size).toBe(index.size);
      const stored = (await readIndex(admin, index.size))!;
      const { rows: entities } = await admin.query(
        'select entity, count(*)::int as n from audit_record where entity is not null group by entity',
      );
      expect(entities.length).toBeGreaterThan(1);
      expect(commitment.entities).toBe(entities.length);
      for (const { entity, n } of entities) {
        const { rows } = await admin.query(
          `select r.leaf, r.leaf_hash as "leafHash", l.leaf_index::int as "leafIndex" from audit_record r
           join audit_leaf l on l.record_no = r.record_no where r.entity = $1 order by r.entity_seq`,
          [entity],
        );
        const shown = await readEntityProof(admin, stored, entity);
        expect(judgeEntity(entity, rows, { shown, commitment })).toEqual({
          ok: true,
          complete: n,
          since: 0,
        });
        expect(judgeEntity(entity, rows.slice(0, -1), { shown, commitment })).toMatchObject({
          ok: false,
          reason: 'missing',
        });
      }
    });
    const again = await commitIndexNow(api.pool, 'export:test');
    expect(again.size).toBe(index.size);
    await closeWriter(api);
  });

  it('work one at a time, and the next takes over when the first is killed', async () => {
    const [port] = (await freePorts(1)) as [number];
    const second = startApp(
      'sequencer',
      { ...audit.sequencerEnv, MINGCHA_METRICS_PORT: String(port) },
      join(folder, 'second.log'),
    );
    await until(async () => (await health(port).catch(() => null))?.status === 200, 20_000);
    await commitRecords(writer, 'two', 50);
    await covered(350);
    expect((await health(port)).body.working).toBe(false);
    program('sequencer').kill9();
    await commitRecords(writer, 'three', 50);
    await until(async () => (await health(port)).body.working, 20_000);
    const total = await withAdmin(database.url, async (admin) => (await compare(admin)).records);
    const checkpoint = await covered(total);
    expect(checkpoint.complete).toBe(true);
    expect(await withAdmin(database.url, compare)).toMatchObject({
      records: total,
      leaves: total,
      wrong: 0,
      gaps: 0,
    });
    await second.stop();
  });

  it('tell of a long transaction: who holds it, and when it is over', async () => {
    const [port] = (await freePorts(1)) as [number];
    const sequencer = startApp(
      'sequencer',
      { ...audit.sequencerEnv, MINGCHA_METRICS_PORT: String(port) },
      join(folder, 'third.log'),
    );
    await until(async () => (await health(port).catch(() => null))?.body.working === true, 20_000);
    const long = await writer.pool.connect();
    await long.query('begin');
    await writeRecords(long, ['long']);
    const { rows } = await long.query(
      'select pg_backend_pid() as pid, pg_current_xact_id()::text as xid',
    );
    await commitRecords(writer, 'waits', 3);
    await until(async () => (await health(port)).status === 503, 20_000);
    const { body } = await health(port);
    expect(body.alarms).toMatchObject([{ alarm: 'lag' }]);
    expect(body.reason).toMatch(
      new RegExp(
        `transaction ${rows[0].xid} is still open, held by the PostgreSQL process ${rows[0].pid}`,
      ),
    );
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toMatch(
      /mingcha_audit_alarm\{alarm="lag"\} 1/,
    );
    await long.query('commit');
    long.release();
    await until(async () => (await health(port)).status === 200, 20_000);
    await sequencer.stop();
  });

  it('without their witness store what is incomplete, say so, and complete it later', async () => {
    const [port, witnessPort] = (await freePorts(2)) as [number, number];
    const { MINGCHA_WITNESSES } = audit.sequencerEnv;
    const away = MINGCHA_WITNESSES!.replace(/@.*$/, `@http://127.0.0.1:${witnessPort}`);
    const sequencer = startApp(
      'sequencer',
      { ...audit.sequencerEnv, MINGCHA_WITNESSES: away, MINGCHA_METRICS_PORT: String(port) },
      join(folder, 'fourth.log'),
    );
    await until(async () => (await health(port).catch(() => null))?.body.working === true, 20_000);
    await commitRecords(writer, 'lonely', 5);
    await until(
      async () => (await health(port)).body.alarms.some(({ alarm }) => alarm === 'quorum'),
      20_000,
    );
    const total = await withAdmin(database.url, async (admin) => (await compare(admin)).records);
    await until(
      async () => (await readLatestCheckpoint(writer.pool, { complete: false }))?.size === total,
      20_000,
    );
    const lonely = (await readLatestCheckpoint(writer.pool, { complete: false }))!;
    expect(lonely.complete).toBe(false);
    expect(judgeCheckpoint(lonely.note, policy(), verifyEd25519)).toMatchObject({
      ok: false,
      reason: 'quorum',
    });
    expect((await health(port)).body.reason).toMatch(/incomplete: 0 of 1 witnesses/);
    expect((await health(port)).body.alarms.map(({ alarm }) => alarm).sort()).toEqual([
      'quorum',
      'witness',
    ]);
    const witness = startApp(
      'witness',
      {
        MINGCHA_WITNESS_KEY: join(folder, 'keys', 'witness.key'),
        MINGCHA_WITNESS_LOGS: audit.logKey,
        MINGCHA_WITNESS_STATE: join(folder, 'other-witness-state'),
        MINGCHA_WITNESS_PORT: String(witnessPort),
      },
      join(folder, 'other-witness.log'),
    );
    const complete = await covered(total);
    expect(complete.size).toBe(lonely.size);
    expect(complete.note.startsWith(lonely.note)).toBe(true);
    await until(async () => (await health(port)).status === 200, 20_000);
    await Promise.all([sequencer.stop(), witness.stop()]);
  });

  it('stand still with a plain message where the database was turned back', async () => {
    program('sequencer').kill9();
    await program('sequencer').ended;
    const { size } = await audit.signed('signer');
    await withAdmin(database.url, async (admin) => {
      // As a superuser can: the triggers are off.
      const { rows } = await admin.query<{ name: string }>(
        "select relname as name from pg_class where relkind in ('r', 'p') and relname like 'audit\\_%'",
      );
      for (const { name } of rows) await admin.query(`alter table ${name} disable trigger all`);
      await admin.query(`
        delete from audit_checkpoint; delete from audit_leaf; delete from audit_tile;
        delete from audit_index_request; delete from audit_index;
        update audit_tree set size = 0, root = sha256(''), watermark_xid = '0', watermark_no = 0;
        delete from audit_record where record_no in (
          select record_no from audit_record order by xid desc, record_no desc limit 5)`);
    });
    const [port] = (await freePorts(1)) as [number];
    const sequencer = startApp(
      'sequencer',
      { ...audit.sequencerEnv, MINGCHA_METRICS_PORT: String(port) },
      join(folder, 'fifth.log'),
    );
    await until(async () => (await health(port).catch(() => null))?.status === 503, 20_000);
    await until(
      async () => (await health(port)).body.alarms.some(({ alarm }) => alarm === 'signer'),
      20_000,
    );
    const { reason } = (await health(port)).body;
    expect(reason).toMatch(
      new RegExp(
        `has signed ${size} leaves, but the database holds only ${size - 5}: it is an older copy`,
      ),
    );
    expect(await readLatestCheckpoint(writer.pool, { complete: false })).toBeNull();
    // Grown past that size with other records, it is a fork.
    await commitRecords(writer, 'other', 20);
    await until(
      async () => /refuses size|another tree/.test((await health(port)).body.reason ?? ''),
      20_000,
    );
    expect((await health(port)).body.reason).toMatch(/\(422\): The proof does not show/);
    expect((await audit.signed('signer')).size).toBe(size);
    expect(readFileSync(join(folder, 'fifth.log'), 'utf8')).toMatch(/older copy/);
    await sequencer.stop();
  });
});
