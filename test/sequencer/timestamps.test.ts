import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '#test/store/sample-step.js';
import { type AuditProcesses, startAuditProcesses } from '../../apps/cli/demo/audit-processes.js';
import { type AppProcess, startApp } from '../../apps/cli/demo/monitor-process.js';
import { freePorts } from '../../apps/cli/env/free-port.js';
import { commitRecords, compare, withAdmin, writerAt } from './records.js';
import { TimestampAuthority } from './timestamp-authority.js';

let folder: string;
let database: TestDatabase;
let writer: Writer;
let authority: TimestampAuthority;
let audit: AuditProcesses;
let sequencer: AppProcess;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mingcha-timestamps-'));
  database = await createDatabase(STORE);
  writer = await writerAt(database.url, 2);
  authority = await TimestampAuthority.open(folder);
  port = (await freePorts(1))[0] as number;
  audit = await startAuditProcesses(folder, database.url, {
    MINGCHA_SEQUENCE_MS: '50',
    MINGCHA_CHECKPOINT_MS: '50',
    MINGCHA_INDEX_S: '0',
    MINGCHA_METRICS_PORT: String(port),
    MINGCHA_TSA_URL: authority.url,
    MINGCHA_TSA_EVERY_S: '1',
  });
  sequencer = audit.apps.find(({ name }) => name === 'sequencer') as AppProcess;
});

afterAll(async () => {
  await sequencer.stop();
  await audit.stop();
  await authority.close();
  await closeWriter(writer);
  await database.drop();
  rmSync(folder, { recursive: true });
});

async function until<T>(look: () => Promise<T | null | false>): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end; await wait(50)) {
    const found = await look();
    if (found !== null && found !== false) return found;
  }
  throw new Error(`not within 30 s: ${look}`);
}

interface Stored {
  readonly size: number;
  /** What is stamped: the note before its empty line (C2SP signed-note). */
  readonly text: string;
  readonly token: Buffer | null;
}

async function checkpoints(where = 'true'): Promise<Stored[]> {
  const { rows } = await writer.pool.query(
    `select size::int, note, timestamp_token as token from audit_checkpoint where complete and ${where} order by size`,
  );
  return rows.map(({ size, note, token }) => ({
    size,
    text: note.slice(0, note.lastIndexOf('\n\n') + 1),
    token,
  }));
}

/** The complete checkpoint of all records there are now. */
async function whole(stamped: boolean): Promise<Stored> {
  const { records } = await withAdmin(database.url, compare);
  const token = stamped ? 'timestamp_token is not null' : 'true';
  return until(async () => (await checkpoints(`size = ${records} and ${token}`))[0] ?? null);
}

async function health() {
  const answer = await fetch(`http://127.0.0.1:${port}/health`);
  const { alarms } = (await answer.json()) as { alarms: { alarm: string; text: string }[] };
  return { status: answer.status, alarms };
}

const figure = async () =>
  /mingcha_audit_alarm\{alarm="timestamp"\} (\d)/.exec(
    await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
  )?.[1];

/** Ends the sequencer and starts it with other settings of timestamps. */
async function restartWith(env: Record<string, string>): Promise<void> {
  await sequencer.stop();
  const log = join(folder, 'sequencer.log');
  sequencer = startApp('sequencer', { ...audit.sequencerEnv, ...env }, log);
}

describe('a sequencer with a timestamp authority', () => {
  it('keeps with a complete checkpoint a token that OpenSSL verifies over its text', async () => {
    await commitRecords(writer, 'first', 5);
    const { text, token } = await whole(true);
    expect(text.startsWith(`${audit.origin}\n`)).toBe(true);
    expect(authority.verifies(text, token!)).toBe(true);
    expect(authority.verifies(`${text}x`, token!)).toBe(false);
    expect(authority.describe(token!)).toMatch(/Hash Algorithm: sha256/);
    expect([await health(), await figure()]).toEqual([{ status: 200, alarms: [] }, '0']);
  });

  it('completes checkpoints while the authority is away, says so, and asks again by itself', async () => {
    authority.answer = null;
    await commitRecords(writer, 'away', 5);
    const { size, token } = await whole(false);
    expect(token).toBeNull();
    await until(async () => (await health()).status === 503);
    expect(await health()).toEqual({
      status: 503,
      alarms: [
        expect.objectContaining({
          alarm: 'timestamp',
          text: expect.stringMatching(
            new RegExp(`^Checkpoint ${size} has no timestamp: .* answered with status 503$`),
          ),
        }),
      ],
    });
    expect(await figure()).toBe('1');
    // No further record comes that would bring another checkpoint.
    authority.answer = (query) => authority.reply(query);
    const later = await whole(true);
    expect(later.size).toBe(size);
    expect(authority.verifies(later.text, later.token!)).toBe(true);
    await until(async () => (await health()).status === 200);
    expect(await figure()).toBe('0');
  });

  it('asks by SM3 where that is set', async () => {
    await restartWith({ MINGCHA_TSA_DIGEST: 'sm3' });
    await commitRecords(writer, 'sm3', 5);
    const { text, token } = await whole(true);
    expect(authority.describe(token!)).toMatch(/Hash Algorithm: sm3/);
    expect(authority.verifies(text, token!)).toBe(true);
  });

  it('asks for none before its time, which a restart does not forget', async () => {
    const { asked } = authority;
    await restartWith({ MINGCHA_TSA_EVERY_S: '3600' });
    for (const name of ['early', 'again']) {
      await commitRecords(writer, name, 5);
      expect((await whole(false)).token).toBeNull();
    }
    // Longer than it took above until the authority was asked.
    await wait(2_000);
    expect([authority.asked - asked, (await whole(false)).token]).toEqual([0, null]);
    expect((await health()).status).toBe(200);
  });

  it('has stamped each of them over its own text only', async () => {
    const stamped = await checkpoints('timestamp_token is not null');
    expect(stamped).toHaveLength(3);
    for (const one of stamped)
      for (const other of stamped)
        expect(authority.verifies(one.text, other.token!)).toBe(one === other);
  });
});
