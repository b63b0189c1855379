import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commitIndexNow } from '#store/audit-tree/ask-index.js';
import { closeWriter, openWriter } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { compare } from '#test/sequencer/records.js';
import { STORE } from '#test/store/sample-step.js';
import { type AuditProcesses, startAuditProcesses } from '../../apps/cli/demo/audit-processes.js';
import { type AppProcess, startApp } from '../../apps/cli/demo/monitor-process.js';
import { freePorts } from '../../apps/cli/env/free-port.js';
import { mingcha } from '../cli/run-mingcha.js';
import { onDatabase } from './archived-server.js';
import { copyLogically } from './logical-copy.js';
import { saveMany, untilSigned } from './signed-records.js';

// What docs/operating.md says of signed records that are lost for good, carried out with the real processes: an older state
// is all that can be restored, and the log goes on under another name.

const NEW_ORIGIN = 'demo.example/mingcha-2';
const QUICK = { MINGCHA_SEQUENCE_MS: '50', MINGCHA_CHECKPOINT_MS: '100' };

let folder: string;
let lost: TestDatabase;
let archive: TestDatabase;
let next: TestDatabase;
let audit: AuditProcesses;
let running: readonly AppProcess[] = [];
let newKey: string;
let lostFrom: number;

const at = (...path: string[]) => join(folder, ...path);

/** Verifies a database as who trusts this key of the log, with the states of these folders. */
async function verify(url: string, logKey: string, ...states: string[]) {
  writeFileSync(at('keys.txt'), `log ${logKey}\nwitness ${audit.witnessKey}\nquorum 1\n`);
  const { code, out } = await mingcha([
    ...['verify', '--database', url, '--lang', 'en', '--keys', at('keys.txt')],
    ...states,
  ]);
  return [code, out] as const;
}
const OLD_STATES = () => [
  '--signer-state',
  at('signer-state'),
  '--witness-state',
  at('witness-state'),
];
const NEW_STATES = () => [
  '--signer-state',
  at('signer-state-2'),
  '--witness-state',
  at('witness-state'),
];

/** The heads of all entities are committed to by a record, which verifying compares. */
async function commitIndex(url: string): Promise<void> {
  const api = openWriter({ url, role: 'mingcha_api', masterKey: null });
  await commitIndexNow(api.pool, 'export:test').finally(() => closeWriter(api));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mingcha-new-log-'));
  lost = await createDatabase(STORE);
  archive = await createDatabase();
  next = await createDatabase();
  audit = await startAuditProcesses(folder, lost.url, QUICK);
  running = audit.apps;
});

afterAll(async () => {
  await Promise.all(running.map((app) => app.stop()));
  for (const database of [lost, archive, next]) await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

describe('signed records that are lost for good', () => {
  it('are told by the states of signer and witness, whose log does not go on', async () => {
    await saveMany(lost.url, 0, 10);
    await commitIndex(lost.url);
    lostFrom = await untilSigned(lost.url);
    await copyLogically(lost.url, archive.url);
    await saveMany(lost.url, 10, 5);
    expect(await untilSigned(lost.url)).toBeGreaterThan(lostFrom);
    await Promise.all(running.map((app) => app.stop()));
    const [code, out] = await verify(archive.url, audit.logKey, ...OLD_STATES());
    expect([code, out]).toEqual([20, expect.stringMatching(/shorter than the signer's own state/)]);
    expect((await verify(archive.url, audit.logKey))[0]).toBe(0);
  }, 240_000);

  it('are followed by a log under another name, which says what it continues', async () => {
    const file = at('keys', 'log-2.key');
    const made = await mingcha(['admin', 'make-key', '--name', NEW_ORIGIN, '--file', file]);
    newKey = JSON.parse(made.out).key;
    await copyLogically(archive.url, next.url, ['audit_checkpoint']);
    const env = { DATABASE_URL: next.url };
    const rebuilt = await mingcha(['admin', 'rebuild-watermark'], env);
    expect([rebuilt.code, JSON.parse(rebuilt.out)]).toEqual([
      0,
      { sequenced: 0, size: lostFrom, withoutRecord: 0 },
    ]);
    const change = ['--old', audit.logKey, '--new', newKey, '--reason', `lost from ${lostFrom} on`];
    const rotated = await mingcha(['admin', 'rotate-key', ...change, '--new-origin'], env);
    expect([rotated.code, rotated.err]).toEqual([0, '']);

    const [signerPort, witnessPort] = (await freePorts(2)) as [number, number];
    const token = audit.sequencerEnv.MINGCHA_SIGNER_TOKEN ?? '';
    const start = (name: string, settings: Record<string, string>) =>
      startApp(name, settings, at(`${name}-2.log`));
    running = [
      start('signer', {
        MINGCHA_LOG_ORIGIN: NEW_ORIGIN,
        MINGCHA_SIGNER_KEYS: file,
        MINGCHA_SIGNER_STATE: at('signer-state-2'),
        MINGCHA_SIGNER_TOKEN: token,
        MINGCHA_SIGNER_PORT: String(signerPort),
      }),
      // The witness keeps its state and its key: it knows logs by their names.
      start('witness', {
        MINGCHA_WITNESS_KEY: at('keys', 'witness.key'),
        MINGCHA_WITNESS_LOGS: `${audit.logKey},${newKey}`,
        MINGCHA_WITNESS_STATE: at('witness-state'),
        MINGCHA_WITNESS_PORT: String(witnessPort),
      }),
      start('sequencer', {
        ...audit.sequencerEnv,
        DATABASE_URL: next.url,
        MINGCHA_LOG_ORIGIN: NEW_ORIGIN,
        MINGCHA_LOG_KEYS: newKey,
        MINGCHA_SIGNER_URL: `http://127.0.0.1:${signerPort}`,
        MINGCHA_WITNESSES: `${audit.witnessKey}@http://127.0.0.1:${witnessPort}`,
      }),
    ];
    await saveMany(next.url, 10, 5);
    await commitIndex(next.url);
    const size = await untilSigned(next.url);
    const counts = await onDatabase(next.url, compare);
    expect(counts).toEqual({ records: size, leaves: size, wrong: 0, gaps: 0 });
    const { rows } = await onDatabase(next.url, (client) =>
      client.query(
        `select l.leaf_index::int as index, r.leaf::jsonb -> 'fields' as fields from audit_record r
         join audit_leaf l using (record_no) where r.action = 'key.rotated'`,
      ),
    );
    expect(rows).toEqual([
      {
        index: lostFrom,
        fields: {
          origin: audit.origin,
          before: audit.logKey,
          after: newKey,
          reason: `lost from ${lostFrom} on`,
        },
      },
    ]);
  }, 240_000);

  it('leave two logs that are each whole, and one that nobody takes for the other', async () => {
    expect(await verify(next.url, newKey, ...NEW_STATES())).toEqual([
      0,
      expect.stringContaining('no change was found'),
    ]);
    expect((await verify(next.url, audit.logKey))[0]).toBe(14);
    expect((await verify(archive.url, newKey))[0]).toBe(14);
    expect((await verify(archive.url, audit.logKey))[0]).toBe(0);
    // The old one's loss does not go away: the states still tell it.
    expect((await verify(archive.url, audit.logKey, ...OLD_STATES()))[0]).toBe(20);
    // Both begin alike: the new log has every leaf of the old one that was restored, at its place.
    const leaves = (url: string) =>
      onDatabase(url, (client) =>
        client.query(
          `select leaf_index, encode(leaf_hash, 'hex') as hash from audit_leaf where leaf_index < $1 order by 1`,
          [lostFrom],
        ),
      ).then(({ rows }) => rows);
    expect(await leaves(next.url)).toEqual(await leaves(archive.url));
  }, 240_000);
});
