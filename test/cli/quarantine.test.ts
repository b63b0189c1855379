import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import { readBack } from '../../apps/cli/quarantine/read-back.js';
import { pausedCase, sentEvent } from '../api/sent-events.js';
import { BatchReader, quietLogger, until, utf8 } from '../streams/batch-reader.js';
import { type Ended, mingcha, Office } from './run-mingcha.js';

const TOPIC = 'mingcha.events';
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const THIS_FILE = join(import.meta.dirname, 'quarantine.test.ts');

const objectOf = ({ out }: Ended): Record<string, unknown> => JSON.parse(out);

/** An office with a monitor that knows feed-a only; records sent to it end as events or in quarantine. */
class Desk {
  private constructor(
    readonly office: Office,
    readonly city: string,
  ) {}

  static async open(): Promise<Desk> {
    const office = await Office.open();
    const city = office.file('city.yaml', 'anyFeed: false\nfeeds: [{ source: feed-a }]\n');
    const desk = new Desk(office, city);
    office.startMonitor({ MINGCHA_CITY: city });
    return desk;
  }

  /** Sends a record and gives its place, once the monitors have saved it. */
  async send(
    key: string,
    value: string | Uint8Array | null,
    headers: Readonly<Record<string, string>> = STRUCTURED,
  ): Promise<string> {
    const bytes = typeof value === 'string' ? utf8(value) : value;
    await this.office.log.publish(TOPIC, [{ key, value: bytes, headers }]);
    await this.office.until(() => this.office.isDrained());
    const { rows } = await this.office.admin.query<{ place: string }>(
      `select topic || '/' || "partition" || '/' || "offset" as place
       from inbox_record where key = $1 order by "offset" desc limit 1`,
      [key],
    );
    return rows[0]?.place ?? '';
  }

  run(...args: string[]): Promise<Ended> {
    return mingcha(['quarantine', ...args], { ...this.office.env, MINGCHA_CITY: this.city });
  }

  file(name: string, event: object): string {
    return this.office.file(name, `${JSON.stringify(event, null, 2)}\n`);
  }

  async drained(): Promise<void> {
    await this.office.until(() => this.office.isDrained());
  }
}

const event = (id: string, changes: object = {}): Record<string, unknown> => ({
  ...sentEvent('approval.concluded', { id, subject: `S-${id}`, at: '2025-06-03' }),
  ...changes,
});

function without(sent: Record<string, unknown>, field: string): Record<string, unknown> {
  const { [field]: _left, ...data } = sent.data as Record<string, unknown>;
  return { ...sent, data };
}

describe('mingcha quarantine', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await Desk.open();
  });
  afterAll(() => desk.office.close());

  it('lists what waits, oldest first, by reason, source and time of receipt', async () => {
    const empty = await desk.run('list');
    expect([empty.code, empty.out, empty.err]).toEqual([
      0,
      '',
      'no quarantined record answers to this\n',
    ]);
    const first = await desk.send('l1', 'hello');
    const second = await desk.send('l2', JSON.stringify(without(event('l2'), 'agencyCode')));
    const between = new Date().toISOString();
    const third = await desk.send('l3', JSON.stringify(event('l3', { source: '县局' })));
    const all = await desk.run('list', '--json');
    const rows = all.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ quarantineId, reason, field }) => [quarantineId, reason, field])).toEqual([
      [first, 'not-json', null],
      [second, 'missing-field', 'data.agencyCode'],
      [third, 'unknown-feed', 'source'],
    ]);
    expect(rows[1]).toMatchObject({ source: 'feed-a', eventId: 'l2', state: 'waiting' });
    expect(rows[2].en.text).toBe('No feed is configured for source "县局".');
    const ids = async (...args: string[]) =>
      (await desk.run('list', ...args)).out.match(/^\S+/gm) ?? [];
    expect(await ids('--reason', 'missing-field')).toEqual([second]);
    expect(await ids('--source', '县局')).toEqual([third]);
    expect(await ids('--since', between)).toEqual([third]);
    expect(await ids('--state', 'repaired')).toEqual([]);
    const cut = await desk.run('list', '--limit', '2');
    expect([cut.out.trim().split('\n').length, cut.err]).toEqual([
      2,
      'only the oldest 2 are shown; --limit shows more\n',
    ]);
  });

  it('lists more than one page of records, large ones too', async () => {
    const large = 'x'.repeat(2_000_000);
    for (let n = 0; n < 23; n += 1) await desk.send(`p${n}`, n % 4 ? `p${n}` : large);
    const listed = await desk.run('list', '--limit', '1000', '--json');
    const ids = listed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).quarantineId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(await desk.office.count('quarantine'));
  });

  it('shows the reason in both languages and the bytes, obeying none of them', async () => {
    const id = await desk.send('s1', JSON.stringify(event('s1', { source: 'évil\u001b[2J' })));
    const shown = await desk.run('show', id);
    expect(shown.code).toBe(0);
    expect(shown.out).not.toContain('\u001b');
    expect(shown.out).toContain('évil\\u001b[2J');
    const raw = await desk.send('s2', `{"a": "\u001b]0;title\u0007\u202e"}`);
    const { out } = await desk.run('show', raw);
    expect(out).toContain('\\u001b]0;title\\u0007\\u202e');
    const missing = await desk.send('s3', JSON.stringify(without(event('s3'), 'agencyCode')));
    const text = (await desk.run('show', missing)).out;
    expect(text).toContain('field      data.agencyCode');
    expect(text).toContain('Field data.agencyCode is required');
    expect(text).toContain('字段 data.agencyCode 必填');
    expect(text).toContain('"approval.concluded"');
    const binary = await desk.send('s4', Buffer.from([0xff, 0x00, 0x1b]));
    expect((await desk.run('show', binary)).out).toContain('ff001b');
    const large = await desk.send('s5', '某'.repeat(700_000));
    const cut = (await desk.run('show', large)).out;
    expect(cut).toContain('more bytes; --out FILE writes all of them');
    expect(cut.length).toBeLessThan(10_000);
    const none = await desk.send('s6', null);
    expect((await desk.run('show', none)).out).toContain('bytes      none');
  });

  it('writes the bytes as they are, for this user only, and overwrites nothing', async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x00]);
    const id = await desk.send('o1', bytes);
    const file = join(desk.office.folder, 'bytes');
    expect((await desk.run('show', id, '--out', file)).code).toBe(0);
    expect(readFileSync(file)).toEqual(bytes);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await desk.run('show', id, '--out', file);
    expect([again.code, again.err]).toEqual([3, expect.stringContaining('exists')]);
    const json = objectOf(await desk.run('show', id, '--json'));
    expect(Buffer.from(String(json.valueBase64), 'base64')).toEqual(bytes);
    const none = await desk.send('o2', null);
    const nothing = await desk.run('show', none, '--out', join(desk.office.folder, 'none'));
    expect(nothing.code).toBe(3);
    expect(existsSync(join(desk.office.folder, 'none'))).toBe(false);
  });

  const wrong: [args: string[], code: number, says: string][] = [
    [[], 2, 'quarantine needs one of list, show, repair, release'],
    [['lst'], 2, "not 'lst'"],
    [['list', '--reason', 'bad'], 2, '--reason takes empty, too-large'],
    [['list', '--since', 'yesterday'], 2, '--since takes a time with offset'],
    [['list', '--since', '2026-03-01T00:00:00'], 2, '--since takes a time with offset'],
    [['list', '--limit', '0'], 2, '--limit takes a whole number'],
    [['list', '--state', 'lost'], 2, '--state takes waiting'],
    [['list', 'extra'], 2, 'extra'],
    [['show'], 2, 'needs the id'],
    [['show', 'nonsense'], 2, "'nonsense' is no id"],
    [['show', 'mingcha.events/0/99999999'], 3, 'there is no quarantined record'],
    [['show', 'mingcha.events/0/9999999999999999999'], 3, 'there is no quarantined record'],
    [['repair', 'mingcha.events/0/0'], 2, 'needs --file FILE'],
    [['repair', 'mingcha.events/0/0', '--file', '/nowhere.json'], 3, 'no such file'],
    [['repair', 'mingcha.events/0/0', '--file', '/'], 3, 'is not a file'],
    [['repair', 'x/0/99999999', '--file', THIS_FILE], 3, 'there is no quarantined record'],
    [['release', 'mingcha.events/0/0'], 2, 'needs --reason TEXT'],
    [['release', 'mingcha.events/0/0', '--reason', ' '], 2, '--reason is empty'],
    [['release', 'mingcha.events/0/0', '--reason', 'x'.repeat(2_001)], 2, 'at most 2000'],
    [['release', 'x/0/0', '--reason', 'ok', '--actor', ''], 2, '--actor takes a name'],
    [['release', 'x/0/0', '--reason', 'ok', '--city', '/no.yaml'], 3, '/no.yaml'],
    [['release', 'x/0/99999999', '--reason', 'ok'], 3, 'there is no quarantined record'],
  ];

  const named = wrong.map(
    ([args, ...rest]) => [args.join(' ').slice(0, 70), args, ...rest] as const,
  );

  it.each(named)('refuses: %s', async (_name, args, code, says) => {
    const ended = await desk.run(...args);
    expect([ended.code, ended.out, ended.err]).toEqual([code, '', expect.stringContaining(says)]);
    expect(ended.err).not.toContain('    at ');
  });

  it('says so where the database is not named, is none, or is away', async () => {
    const run = (env: Record<string, string>) => mingcha(['quarantine', 'list'], env);
    const unnamed = await run({});
    expect([unnamed.code, unnamed.err]).toEqual([2, expect.stringContaining('DATABASE_URL')]);
    expect((await run({ DATABASE_URL: 'http://x' })).code).toBe(2);
    const away = await run({ DATABASE_URL: 'postgres://x:secret@127.0.0.1:1/x' });
    expect([away.code, away.err]).toEqual([4, expect.stringContaining('cannot be used')]);
    expect(away.err).not.toContain('secret');
  });
});

describe('mingcha quarantine repair', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await Desk.open();
  });
  afterAll(() => desk.office.close());

  const decisions = (id: string) =>
    desk.office.count('audit_record', `id = 'quarantine:${id}#decided'`);

  it('puts the corrected event into its place in the case, once, as if it had never been broken', async () => {
    const spoiled = pausedCase('broken', 'feed-a');
    const intact = pausedCase('intact', 'feed-a');
    for (const sent of intact) await desk.send('intact', JSON.stringify(sent));
    let id = '';
    const accepted = spoiled.find(({ type }) => type === 'approval.accepted') ?? {};
    for (const sent of spoiled) {
      if (sent === accepted)
        id = await desk.send('broken', JSON.stringify(without(sent, 'acceptedOn')));
      else await desk.send('broken', JSON.stringify(sent));
    }
    const file = desk.file('accepted.json', accepted);
    const ended = await desk.run(
      'repair',
      id,
      '--file',
      file,
      '--reason',
      '补齐受理日期',
      '--actor',
      '王五',
    );
    expect([ended.code, ended.err]).toEqual([0, '']);
    expect(objectOf(ended)).toEqual({
      quarantineId: id,
      outcome: 'repaired',
      topic: TOPIC,
      source: 'feed-a',
      id: accepted.id,
    });
    await desk.drained();
    const published = (await desk.office.records()).filter(
      ({ headers }) => headers['mingcha-repairs'] === id,
    );
    expect(published).toHaveLength(1);
    expect(published[0]?.value).toBe(readFileSync(file, 'utf8'));
    expect(published[0]?.key).toBe('broken');

    const again = await desk.run('repair', id, '--file', file);
    expect([again.code, objectOf(again).outcome]).toEqual([0, 'was repaired so before']);
    await desk.drained();
    expect(await decisions(id)).toBe(1);
    const standing = objectOf(await desk.run('show', id, '--json'));
    expect(standing).toMatchObject({
      state: 'repaired',
      decidedBy: '王五',
      reasonText: '补齐受理日期',
      repairedBy: expect.stringMatching(/^feed-a\/broken-3 sha256:[0-9a-f]{64}$/),
    });

    const eventsOf = (subject: string) =>
      desk.office.count('event', `case_id = 'feed-a/${subject}'`);
    expect(await eventsOf('broken')).toBe(intact.length);
    const findings = async (subject: string) => {
      const { rows } = await desk.office.admin.query(
        // DQ-01 says since when we knew of an event late: it has to differ, and nothing else may.
        `select rule_id, level, case when rule_id <> 'DQ-01' then since end as since, until
         from finding where case_id = $1 and state <> 'retracted'
         order by rule_id, occurrence`,
        [`feed-a/${subject}`],
      );
      return rows;
    };
    const expected = await findings('intact');
    expect(expected.length).toBeGreaterThan(0);
    expect(await findings('broken')).toEqual(expected);
  });

  it('refuses what does not correct the record', async () => {
    const broken = without(event('r1'), 'agencyCode');
    const id = await desk.send('r1', JSON.stringify(broken));
    const refused = async (file: string, says: string, ...more: string[]) => {
      const ended = await desk.run('repair', id, '--file', file, ...more);
      expect([ended.code, ended.out, ended.err]).toEqual([3, '', expect.stringContaining(says)]);
    };
    await refused(desk.file('still.json', broken), 'Field data.agencyCode is required');
    await refused(desk.office.file('same.json', JSON.stringify(broken)), 'the same bytes');
    await refused(desk.office.file('empty.json', ''), 'is empty');
    await refused(desk.office.file('text.json', 'hello'), 'is not JSON');
    await refused(desk.office.file('list.json', '[]'), 'not a CloudEvent');
    await refused(desk.file('other.json', event('r2')), "its id is 'r2', that of the quarantined");
    await refused(
      desk.file('feed.json', event('r1', { source: 'feed-x' })),
      'No feed is configured',
    );
    await refused(
      desk.office.file('huge.json', Buffer.alloc(17 * 1024 * 1024, 'x')),
      'far beyond any event',
    );
    await refused(
      desk.file('large.json', event('r1', { pad: 'x'.repeat(1_100_000) })),
      'at most 1048576 are read',
    );
    const count = (await desk.office.records()).length;
    expect(objectOf(await desk.run('show', id, '--json')).state).toBe('waiting');
    const renamed = await desk.run(
      'repair',
      id,
      '--file',
      desk.file('o.json', event('r2')),
      '--new-identity',
    );
    expect(renamed.code).toBe(0);
    expect((await desk.office.records()).length).toBe(count + 1);
    const other = await desk.run('repair', id, '--file', desk.file('p.json', event('r1')));
    expect([other.code, other.err]).toEqual([
      3,
      expect.stringContaining('was repaired as feed-a/r2'),
    ]);
    expect((await desk.office.records()).length).toBe(count + 1);
  });

  it('says what was done where the decision cannot be saved, and finishes when repeated', async () => {
    const id = await desk.send('c1', JSON.stringify(without(event('c1'), 'agencyCode')));
    const file = desk.file('c1.json', event('c1'));
    await desk.office.admin.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
      create trigger refuse before update on quarantine for each row execute function refuse()`);
    const ended = await desk.run('repair', id, '--file', file);
    expect([ended.code, ended.out]).toEqual([4, '']);
    expect(ended.err).toContain('The record is published, the decision is not saved');
    await desk.office.admin.query('drop trigger refuse on quarantine; drop function refuse()');
    await desk.drained();
    expect(await decisions(id)).toBe(0);
    expect((await desk.run('repair', id, '--file', file)).code).toBe(0);
    await desk.drained();
    expect(await decisions(id)).toBe(1);
    expect(await desk.office.count('event', "case_id = 'feed-a/S-c1'")).toBe(1);
  });

  it('lets one of two people decide', async () => {
    const id = await desk.send('t1', JSON.stringify(without(event('t1'), 'agencyCode')));
    const files = [1, 2].map((n) =>
      desk.file(`t${n}.json`, event('t1', { time: `2025-06-0${n}T09:00:00+08:00` })),
    );
    const ended = await Promise.all(files.map((file) => desk.run('repair', id, '--file', file)));
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 3]);
    const published = (await desk.office.records()).filter(
      ({ headers }) => headers['mingcha-repairs'] === id,
    );
    expect(published).toHaveLength(1);
    expect(await decisions(id)).toBe(1);
  });
});

describe('mingcha quarantine release', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await Desk.open();
  });
  afterAll(() => desk.office.close());

  it('publishes the bytes of an unknown feed again once it is configured, structured or binary', async () => {
    const sent = event('u1', { source: 'feed-b' });
    const structured = await desk.send('u1', JSON.stringify(sent));
    const { data, ...attributes } = event('u2', { source: 'feed-b' });
    const headers = Object.fromEntries(
      Object.entries(attributes)
        .filter(([name]) => name !== 'datacontenttype')
        .map(([name, value]) => [`ce_${name}`, String(value)]),
    );
    const binary = await desk.send('u2', JSON.stringify(data), {
      ...headers,
      'content-type': 'application/json',
    });
    const early = await desk.run('release', structured, '--reason', 'feed-b 已接入');
    expect([early.code, early.err]).toEqual([
      3,
      expect.stringContaining('would only be quarantined again: No feed is configured'),
    ]);
    await desk.office.stopMonitors();
    const city = desk.office.file(
      'two.yaml',
      'anyFeed: false\nfeeds: [{ source: feed-a }, { source: feed-b }]\n',
    );
    desk.office.startMonitor({ MINGCHA_CITY: city });
    for (const id of [structured, binary]) {
      const args = ['release', id, '--reason', 'feed-b 已接入', '--city', city];
      const ended = await desk.run(...args);
      expect(ended.code).toBe(0);
      expect(objectOf(ended)).toMatchObject({ outcome: 'released', source: 'feed-b' });
      expect(objectOf(await desk.run(...args)).outcome).toBe('was released before');
    }
    await desk.drained();
    const published = (await desk.office.records()).filter(
      (record) => record.headers['mingcha-releases'] !== undefined,
    );
    expect(
      published.map(({ headers, value }) => [headers['mingcha-releases'], value]).sort(),
    ).toEqual(
      [
        [structured, JSON.stringify(sent)],
        [binary, JSON.stringify(data)],
      ].sort(),
    );
    expect(await desk.office.count('event', "case_id like 'feed-b/%'")).toBe(2);
    expect(await desk.office.count('quarantine')).toBe(2);
    expect(objectOf(await desk.run('show', binary, '--json'))).toMatchObject({
      state: 'released',
      reasonText: 'feed-b 已接入',
      decidedBy: expect.stringMatching(/^operator:/),
    });
  });

  it('refuses records that no configuration mends', async () => {
    const refused = async (id: string, says: string) => {
      const ended = await desk.run('release', id, '--reason', 'ok');
      expect([ended.code, ended.out, ended.err]).toEqual([3, '', expect.stringContaining(says)]);
    };
    await refused(await desk.send('v1', 'hello'), 'is not JSON');
    await refused(await desk.send('v2', null), 'has no value');
    await refused(await desk.send('v3', '[]'), 'is not a CloudEvent');
    await refused(
      await desk.send('v4', JSON.stringify(without(event('v4'), 'agencyCode'))),
      'data.agencyCode is required',
    );
    const gone = await desk.send('v5', '{}', {
      ce_specversion: '1.0',
      'content-type': 'application/json',
    });
    await desk.office.admin.query("delete from inbox_record where key = 'v5'");
    await refused(gone, 'no longer keeps the headers');
  });
});

(process.env.KAFKA_BROKERS === undefined ? describe.skip : describe)(
  'reading back from Kafka',
  () => {
    it('gives the record of a place with its headers, beside a monitor that reads on', async () => {
      const log = new KafkaEventLog({
        settings: readKafkaSettings({ brokers: process.env.KAFKA_BROKERS }),
        logger: quietLogger,
      });
      const topic = `read-back-test-${Date.now().toString(36)}`;
      await log.createTopics([{ topic, partitions: 3 }]);
      const records = Array.from({ length: 60 }, (_, n) => ({
        key: `k${n % 7}`,
        value: utf8(String(n)),
        headers: { number: String(n) },
      }));
      await log.publish(topic, records);
      const reader = new BatchReader(log, { topic, groupId: topic });
      await until(() => reader.records.length === 60);
      const wanted = reader.records.find(({ headers }) => headers.number === '42');
      const { partition = 0, offset = 0n } = wanted ?? {};
      const found = await readBack(log, { topic, partition, offset });
      expect(found?.headers).toEqual({ number: '42' });
      expect(Buffer.from(found?.value ?? []).toString()).toBe('42');
      await log.publish(topic, records.slice(0, 1));
      await until(() => reader.records.length === 61);
      await reader.close();
      await log.close();
    });
  },
);
