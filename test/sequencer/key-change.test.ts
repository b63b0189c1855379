import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { judgeCheckpoint } from '#core/audit/note/checkpoint.js';
import { parseVerifierKey } from '#core/audit/note/note-key.js';
import { verifyInclusion } from '#core/audit/tree/proof.js';
import { readCoveringCheckpoint, type StoredCheckpoint } from '#store/audit-tree/checkpoints.js';
import { readInclusion } from '#store/audit-tree/tiles.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '#test/store/sample-step.js';
import { type AuditProcesses, startAuditProcesses } from '../../apps/cli/demo/audit-processes.js';
import { type AppProcess, startApp } from '../../apps/cli/demo/monitor-process.js';
import { mingcha } from '../cli/run-mingcha.js';
import { commitRecords, compare, withAdmin, writerAt } from './records.js';

const QUICK = { MINGCHA_SEQUENCE_MS: '50', MINGCHA_CHECKPOINT_MS: '50', MINGCHA_INDEX_S: '0' };

let folder: string;
let database: TestDatabase;
let writer: Writer;
let audit: AuditProcesses;
let running: readonly AppProcess[] = [];
let newKey: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mingcha-key-change-'));
  database = await createDatabase(STORE);
  writer = await writerAt(database.url, 2);
  audit = await startAuditProcesses(folder, database.url, QUICK);
  running = audit.apps;
});

afterAll(async () => {
  await Promise.all(running.map((app) => app.stop()));
  await closeWriter(writer);
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** Ends witness, signer and sequencer and starts them with these keys of the log, states and addresses as they were. */
async function restartWith(files: readonly string[], vkeys: readonly string[]): Promise<void> {
  await Promise.all(running.map((app) => app.stop()));
  const { MINGCHA_SIGNER_URL, MINGCHA_WITNESSES, MINGCHA_SIGNER_TOKEN } = audit.sequencerEnv;
  const portOf = (url = '') => url.slice(url.lastIndexOf(':') + 1);
  const keys = vkeys.join(',');
  const signer = {
    MINGCHA_LOG_ORIGIN: audit.origin,
    MINGCHA_SIGNER_KEYS: files.map((file) => join(folder, 'keys', file)).join(','),
    MINGCHA_SIGNER_STATE: join(folder, 'signer-state'),
    MINGCHA_SIGNER_TOKEN: MINGCHA_SIGNER_TOKEN ?? '',
    MINGCHA_SIGNER_PORT: portOf(MINGCHA_SIGNER_URL),
  };
  const witness = {
    MINGCHA_WITNESS_KEY: join(folder, 'keys', 'witness.key'),
    MINGCHA_WITNESS_LOGS: keys,
    MINGCHA_WITNESS_STATE: join(folder, 'witness-state'),
    MINGCHA_WITNESS_PORT: portOf(MINGCHA_WITNESSES),
  };
  const sequencer = { ...audit.sequencerEnv, MINGCHA_LOG_KEYS: keys };
  running = Object.entries({ witness, signer, sequencer }).map(([name, env]) =>
    startApp(name, env, join(folder, `${name}.log`)),
  );
}

/** The first complete checkpoint over all records there are now. */
async function covered(): Promise<StoredCheckpoint> {
  const { records } = await withAdmin(database.url, compare);
  for (const end = Date.now() + 30_000; Date.now() < end; await wait(30)) {
    const found = await readCoveringCheckpoint(writer.pool, records);
    if (found !== null) return found;
  }
  throw new Error(`no complete checkpoint of ${records} records`);
}

/** How one judges who knows this key of the log only. */
function judgedBy({ note }: StoredCheckpoint, ...vkeys: string[]) {
  const witnesses = [parseVerifierKey(audit.witnessKey)];
  const policy = {
    origin: audit.origin,
    logKeys: vkeys.map((key) => parseVerifierKey(key)),
    witnesses,
    quorum: 1,
  };
  const judged = judgeCheckpoint(note, policy, verifyEd25519);
  return judged.ok ? 'trusted' : judged.reason;
}

/**
 * Which of the verifier keys have signed the note, by Node's own code alone: lines `— name base64(id || signature)` over
 * the text before the empty line (C2SP signed-note).
 */
function signersOf({ note }: StoredCheckpoint, ...vkeys: string[]): string[] {
  const cut = note.lastIndexOf('\n\n') + 1;
  const lines = note
    .slice(cut + 1)
    .split('\n')
    .filter((line) => line.startsWith(`— ${audit.origin} `));
  const found = lines.map((line) => {
    const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64');
    const vkey =
      vkeys.find((key) => key.split('+')[1] === bytes.subarray(0, 4).toString('hex')) ?? '';
    const x = Buffer.from(vkey.split('+').slice(2).join('+'), 'base64')
      .subarray(1)
      .toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, Buffer.from(note.slice(0, cut)), key, bytes.subarray(4)) ? vkey : 'bad';
  });
  return found.sort();
}

async function verifyDatabase(...vkeys: string[]): Promise<number | null> {
  const policy = [
    `origin ${audit.origin}`,
    ...vkeys.map((key) => `log ${key}`),
    `witness ${audit.witnessKey}`,
    'quorum 1',
  ];
  const keys = join(folder, 'trusted-keys');
  writeFileSync(keys, `${policy.join('\n')}\n`);
  // Records of this test bear a made-up time: it is not compared with that of cosignatures.
  const args = [
    'verify',
    '--database',
    database.url,
    '--keys',
    keys,
    '--signer-state',
    join(folder, 'signer-state'),
    '--record-time',
  ];
  return (await mingcha(args)).code;
}

describe('a change of the log’s key', () => {
  it('is a record of the trail, under a checkpoint that the old key alone has signed', async () => {
    await commitRecords(writer, 'before', 5);
    await covered();
    const file = join(folder, 'keys', 'new.key');
    newKey = JSON.parse(
      (await mingcha(['admin', 'make-key', '--name', audit.origin, '--file', file])).out,
    ).key;
    const { code, out, err } = await mingcha(
      [
        'admin',
        'rotate-key',
        '--old',
        audit.logKey,
        '--new',
        newKey,
        '--reason',
        '到期更换',
        '--actor',
        'li',
      ],
      { DATABASE_URL: database.url },
    );
    expect([code, err]).toEqual([0, '']);
    const change = {
      origin: audit.origin,
      before: audit.logKey,
      after: newKey,
      reason: '到期更换',
    };
    const said = JSON.parse(out) as { record: string };
    expect(said).toEqual({ record: expect.any(String), actor: 'li', ...change });
    const checkpoint = await covered();
    await withAdmin(database.url, async (admin) => {
      const { rows } = await admin.query(
        `select r.leaf, l.leaf_hash, l.leaf_index::int as index from audit_record r
         join audit_leaf l on l.record_no = r.record_no where r.action = 'key.rotated'`,
      );
      expect(rows).toHaveLength(1);
      const { leaf, leaf_hash: leafHash, index } = rows[0];
      expect(JSON.parse(leaf)).toMatchObject({
        id: said.record,
        action: 'key.rotated',
        actor: 'li',
        object: `log-key:${audit.origin}`,
        fields: change,
      });
      const { size, root } = checkpoint;
      const proof = await readInclusion(admin, index, size);
      expect(verifyInclusion({ index, size, leafHash, proof, root })).toEqual({ ok: true });
    });
    expect(signersOf(checkpoint, audit.logKey)).toEqual([audit.logKey]);
    expect([judgedBy(checkpoint, audit.logKey), judgedBy(checkpoint, newKey)]).toEqual([
      'trusted',
      'unsigned',
    ]);
  });

  it('has both keys sign for a while: who knows only one of them trusts these checkpoints', async () => {
    await restartWith(['log.key', 'new.key'], [audit.logKey, newKey]);
    await commitRecords(writer, 'overlap', 5);
    const checkpoint = await covered();
    expect(signersOf(checkpoint, audit.logKey, newKey)).toEqual([audit.logKey, newKey].sort());
    expect([judgedBy(checkpoint, audit.logKey), judgedBy(checkpoint, newKey)]).toEqual([
      'trusted',
      'trusted',
    ]);
    expect(await verifyDatabase(audit.logKey)).toBe(0);
  });

  it('ends with the new key alone, which who knows only the old one does not trust', async () => {
    await restartWith(['new.key'], [newKey]);
    await commitRecords(writer, 'after', 5);
    const checkpoint = await covered();
    expect(signersOf(checkpoint, newKey)).toEqual([newKey]);
    expect([judgedBy(checkpoint, newKey), judgedBy(checkpoint, audit.logKey)]).toEqual([
      'trusted',
      'unsigned',
    ]);
    // Checkpoints from before need the old key, those since then the new one (docs/operating.md).
    expect(await verifyDatabase(audit.logKey, newKey)).toBe(0);
    expect(await verifyDatabase(audit.logKey)).toBe(14);
    expect(await verifyDatabase(newKey)).toBe(14);
  });
});
