import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { TrailOffice } from '../audit/attacks/trail-office.js';
import { start } from '../cli/run-mingcha.js';
import { quietLogger, until } from '../streams/batch-reader.js';

interface Health {
  readonly ready: boolean;
  readonly reason: string | null;
  readonly verified: number;
  readonly open: readonly {
    readonly kind: string;
    readonly id: string | null;
    readonly leafIndex: number | null;
  }[];
  readonly recheck: { readonly endedAt: string | null };
}

interface Broken {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

let office: TrailOffice;
let running: ReturnType<typeof start>[] = [];

beforeEach(async () => {
  office = await TrailOffice.open();
  const log = new InboxEventLog({ database: office.database.url, logger: quietLogger });
  await log.createTopics([{ topic: 'mingcha.alerts', partitions: 2 }]);
  await log.close();
  await office.goOn(6);
});
afterEach(async () => {
  await stop();
  await office.close();
});

async function audit(changes: Record<string, string> = {}) {
  const auditor = start('auditor/main.js', [], {
    DATABASE_URL: office.database.url,
    EVENT_LOG: 'inbox',
    MINGCHA_AUDITOR_STATE: join(office.folder, 'auditor.state'),
    MINGCHA_TRUSTED_KEYS_FILE: office.keys,
    MINGCHA_AUDITOR_POLL_MS: '50',
    ...changes,
  });
  running.push(auditor);
  await until(() => auditor.text.err.includes('"address"'), 30_000);
  const line = auditor.text.err.split('\n').find((one) => one.includes('"address"')) ?? '{}';
  const { address } = JSON.parse(line) as { address: string };
  return {
    health: async () => {
      const answer = await fetch(`${address}/health`);
      return { status: answer.status, ...((await answer.json()) as Health) };
    },
    metrics: async () => (await fetch(`${address}/metrics`)).text(),
  };
}

async function stop(): Promise<void> {
  for (const { child, ended } of running) {
    child.kill('SIGTERM');
    await ended;
  }
  running = [];
}

async function eventually<T>(look: () => Promise<T>, isIt: (seen: T) => boolean): Promise<T> {
  for (const giveUpAt = Date.now() + 30_000; ; ) {
    const seen = await look();
    if (isIt(seen)) return seen;
    if (Date.now() > giveUpAt) throw new Error(`not within 30 s: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function told(): Promise<Broken[]> {
  const { rows } = await office.admin.query<{ value: string }>(
    `select convert_from(value, 'UTF8') as value from inbox_record where topic = 'mingcha.alerts' order by appended_at`,
  );
  return rows.map(({ value }) => JSON.parse(value) as Broken);
}

const sizeNow = () => office.value<number>('select size::int as value from audit_tree');
const state = () =>
  JSON.parse(readFileSync(join(office.folder, 'auditor.state', 'auditor.json'), 'utf8')) as {
    size: number;
  };

describe('node dist/apps/auditor/main.js', () => {
  it('follows an honest trail, remembers how far, and tells nothing', async () => {
    const { health, metrics } = await audit();
    await eventually(health, ({ recheck, ready }) => recheck.endedAt !== null && ready);
    await office.goOn(5);
    const size = await sizeNow();
    const seen = await eventually(health, ({ verified }) => verified === size);
    expect([seen.status, seen.ready, seen.open]).toEqual([200, true, []]);
    expect(await metrics()).toContain(`mingcha_audit_verified_size ${size}`);
    expect(state().size).toBe(size);
    expect(await told()).toEqual([]);
  });

  it('tells an edited record once, fails its health, and goes on', async () => {
    const id = 'case:feed-a/A0#2';
    const leafIndex = await office.placeOf(id);
    await office.asAttacker(`update audit_record set actor = 'secret name' where id = '${id}'`);
    const first = await audit();
    const seen = await eventually(
      first.health,
      ({ recheck, open }) => recheck.endedAt !== null && open.length > 0,
    );
    expect([seen.status, seen.ready, seen.reason]).toEqual([
      503,
      false,
      expect.stringContaining('the audit trail is broken: 1 faults'),
    ]);
    expect(seen.open).toEqual([expect.objectContaining({ kind: 'edited', id, leafIndex })]);
    const [event] = await eventually(told, (events) => events.length > 0);
    expect(event).toMatchObject({
      type: 'audit.broken',
      subject: id,
      data: {
        actor: 'auditor',
        objectId: id,
        kind: 'edited',
        leafIndex,
        what: 'actor',
        where: 'audit_record',
      },
    });
    expect(JSON.stringify(event)).not.toContain('secret name');
    expect(await first.metrics()).toContain('mingcha_audit_findings_open{kind="edited"} 1');
    await office.goOn(3);
    const size = await sizeNow();
    await eventually(first.health, ({ verified }) => verified === size);
    await stop();
    const second = await audit();
    await eventually(
      second.health,
      ({ recheck, open }) => recheck.endedAt !== null && open.length === 1,
    );
    expect(await told()).toHaveLength(1);
  });

  it('finds records that were edited while it was away, as it goes on from what it remembers', async () => {
    const first = await audit();
    const before = await sizeNow();
    await eventually(first.health, ({ verified }) => verified === before);
    await stop();
    await office.goOn(4);
    const { id } = await office.record(before + 1);
    await office.asAttacker(`update audit_record set tenant = 'other' where id = '${id}'`);
    const second = await audit();
    const { open } = await eventually(second.health, (seen) => seen.open.length > 0);
    expect(open).toEqual([expect.objectContaining({ kind: 'edited', id, leafIndex: before + 1 })]);
  });

  it('remembers the tree: a rebuilt one is found without keys and checkpoints', async () => {
    const first = await audit({ MINGCHA_TRUSTED_KEYS_FILE: '' });
    const size = await sizeNow();
    await eventually(first.health, ({ verified }) => verified === size);
    await stop();
    await office.asAttacker(
      `update audit_record set actor = 'x', leaf = replace(leaf, '"monitor"', '"x"') where id = 'alert:none' or entity like 'alert:%'`,
      'delete from audit_checkpoint',
    );
    await office.rebuildTree();
    const second = await audit({ MINGCHA_TRUSTED_KEYS_FILE: '' });
    const { open } = await eventually(second.health, (seen) => seen.open.length > 0);
    expect(open.map(({ kind }) => kind)).toContain('tree');
    expect(state().size).toBe(size);
  });

  it('is well again once the trail is', async () => {
    const id = 'case:feed-a/A1#1';
    await office.asAttacker(`update audit_record set actor = 'x' where id = '${id}'`);
    const first = await audit();
    await eventually(first.health, ({ open }) => open.length === 1);
    await stop();
    await office.asAttacker(`update audit_record set actor = 'monitor' where id = '${id}'`);
    const second = await audit();
    const seen = await eventually(second.health, ({ recheck }) => recheck.endedAt !== null);
    expect([seen.ready, seen.open]).toEqual([true, []]);
  });

  it('waits for its event log, and tells then', async () => {
    await office.admin.query("delete from inbox_partition where topic = 'mingcha.alerts'");
    await office.asAttacker("update audit_record set actor = 'x' where id = 'case:feed-a/A0#1'");
    const { health } = await audit();
    await eventually(
      health,
      ({ reason }) => reason?.includes('audit.broken cannot be published') === true,
    );
    const log = new InboxEventLog({ database: office.database.url, logger: quietLogger });
    await log.createTopics([{ topic: 'mingcha.alerts', partitions: 2 }]);
    await log.close();
    await eventually(told, (events) => events.length === 1);
  });

  it('names every fault of its settings at once and exits with 2; a damaged state is not begun anew', async () => {
    const wrong = start('auditor/main.js', [], {
      MINGCHA_TRUSTED_KEYS_FILE: '/nowhere',
      MINGCHA_AUDITOR_RECHECK_HOURS: '0',
    });
    const { code, err } = await wrong.ended;
    expect(code).toBe(2);
    for (const fault of [
      'DATABASE_URL is not set',
      'MINGCHA_AUDITOR_STATE is not set',
      'MINGCHA_TRUSTED_KEYS_FILE',
      'MINGCHA_AUDITOR_RECHECK_HOURS',
    ])
      expect(err).toContain(fault);
    writeFileSync(join(office.folder, 'auditor.json'), '{"size":3');
    const damaged = start('auditor/main.js', [], {
      DATABASE_URL: office.database.url,
      MINGCHA_AUDITOR_STATE: office.folder,
    });
    const ended = await damaged.ended;
    expect([ended.code, ended.err]).toEqual([2, expect.stringContaining('is damaged')]);
  });
});
