import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { Client } from 'pg';
import { MIGRATIONS, makeDataSource } from '#store/data-source.js';
import { loadCoverage } from '#store/known-facts.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { closeWriter, openWriter } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { mingcha } from './run-mingcha.js';

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function onDatabase<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('mingcha admin', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['no verb', [], /admin needs one of migrate, topics, gaps, close-gap, hold, erase, retention/],
    ['another verb', ['drop'], /not 'drop'/],
    ['a stray argument', ['migrate', 'now'], /now/],
    ['no partitions', ['topics', '--partitions', '0'], /--partitions takes a whole number from 1/],
    ['no database', ['migrate'], /DATABASE_URL is not set/],
    ['no reason', ['close-gap', '--source', 'a'], /needs --reason/],
  ])('refuses %s with usage and exit code 2', async (_, args, message) => {
    const { code, err } = await mingcha(['admin', ...args]);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
    expect(err).toContain('mingcha admin migrate\n');
  });
});

describe('mingcha admin migrate', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('says what it did, and the second time that nothing was to be done', async () => {
    const first = await mingcha(['admin', 'migrate'], { DATABASE_URL: database.url });
    expect([first.code, first.err]).toEqual([0, '']);
    const names = MIGRATIONS.map(({ name }) => name);
    expect(lines(first.out)).toEqual([
      expect.objectContaining({ applied: names, migrations: names.length, role: 'postgres' }),
    ]);
    expect(first.out).not.toContain(new URL(database.url).password);
    const second = await mingcha(['admin', 'migrate'], { DATABASE_URL: database.url });
    expect(lines(second.out)).toEqual([
      expect.objectContaining({ applied: [], migrations: names.length, role: 'mingcha_migrator' }),
    ]);
  });

  it('lets any member of mingcha_migrator bring it up to date, and nobody else', async () => {
    const login = `deploy_${process.pid}`;
    const url = new URL(database.url);
    [url.username, url.password] = [login, 'deploy'];
    await onDatabase(database.url, (client) =>
      client.query(`create role ${login} login password 'deploy'`),
    );
    // So that the last migration is new to this database.
    const source = await makeDataSource({ url: database.url, role: null }).initialize();
    await source.undoLastMigration();
    await source.destroy();
    try {
      const outsider = await mingcha(['admin', 'migrate'], { DATABASE_URL: url.href });
      expect([outsider.code, outsider.err]).toEqual([
        4,
        expect.stringMatching(/role "mingcha_migrator"|permission denied/),
      ]);
      await onDatabase(database.url, (client) =>
        client.query(`grant mingcha_migrator to ${login}`),
      );
      const member = await mingcha(['admin', 'migrate'], { DATABASE_URL: url.href });
      expect([member.code, member.err]).toEqual([0, '']);
      expect(lines(member.out)[0]?.applied).toEqual([MIGRATIONS.at(-1)?.name]);
    } finally {
      await onDatabase(database.url, (client) => client.query(`drop role ${login}`));
    }
  });

  it('refuses a database of a newer version and changes nothing', async () => {
    await onDatabase(database.url, (client) =>
      client.query("insert into mingcha_migration (timestamp, name) values (9, 'Tomorrow9')"),
    );
    const { code, err } = await mingcha(['admin', 'migrate'], { DATABASE_URL: database.url });
    expect([code, err]).toEqual([1, expect.stringMatching(/Tomorrow9.*belongs to a newer one/)]);
  });

  it('says that a server is away, without its password', async () => {
    const { code, err } = await mingcha(['admin', 'migrate'], {
      DATABASE_URL: 'postgres://x:secret@127.0.0.1:1/x',
    });
    expect([code, err]).toEqual([4, expect.stringContaining('does not answer')]);
    expect(err).not.toMatch(/secret| {4}at /);
  });
});

describe('mingcha admin topics, in the Postgres inbox', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase(STORE);
  });
  afterAll(() => database.drop());

  it('makes the three, finds them again, and refuses another number of partitions', async () => {
    const env = { DATABASE_URL: database.url };
    const first = await mingcha(['admin', 'topics', '--partitions', '3'], env);
    expect([first.code, first.err]).toEqual([0, '']);
    const names = ['mingcha.events', 'mingcha.alerts', 'mingcha.quarantine'];
    expect(lines(first.out)).toEqual(
      names.map((topic) => ({
        topic,
        outcome: 'made',
        partitions: 3,
        faults: [],
        notes: [],
        in: 'inbox',
      })),
    );
    const second = await mingcha(['admin', 'topics'], env);
    expect(lines(second.out).map(({ outcome }) => outcome)).toEqual(['exists', 'exists', 'exists']);
    const other = await mingcha(['admin', 'topics', '--partitions', '4'], env);
    expect([other.code, other.err]).toEqual([
      1,
      expect.stringContaining(
        'mingcha.events: has 3 partitions, not 4. The number is never changed',
      ),
    ]);
  });

  it('says that the database is not migrated', async () => {
    const empty = await createDatabase();
    const { code, err } = await mingcha(['admin', 'topics'], { DATABASE_URL: empty.url });
    expect([code, err]).toEqual([4, expect.stringContaining('Run mingcha admin migrate first')]);
    await empty.drop();
  });
});

(process.env.KAFKA_BROKERS === undefined ? describe.skip : describe)(
  'mingcha admin topics, in Kafka',
  () => {
    const mark = `admin-${process.pid}`;
    const env = {
      KAFKA_BROKERS: process.env.KAFKA_BROKERS ?? '',
      MINGCHA_TOPIC: `${mark}.events`,
      MINGCHA_ALERT_TOPIC: `${mark}.alerts`,
      MINGCHA_QUARANTINE_TOPIC: `${mark}.quarantine`,
    };

    it('makes the three as a monitor takes them, and finds them again', async () => {
      const first = await mingcha(['admin', 'topics', '--partitions', '2'], env);
      expect([first.code, first.err]).toEqual([0, '']);
      expect(lines(first.out).map(({ outcome, partitions }) => [outcome, partitions])).toEqual([
        ['made', 2],
        ['made', 2],
        ['made', 2],
      ]);
      const second = await mingcha(['admin', 'topics'], env);
      expect([second.code, lines(second.out).map(({ outcome }) => outcome)]).toEqual([
        0,
        ['exists', 'exists', 'exists'],
      ]);
    });

    it('refuses an input topic whose times are the sender’s, or that is compacted, with what to change', async () => {
      const topic = `${mark}.wrong`;
      const admin = new kafkajs.Kafka({
        brokers: env.KAFKA_BROKERS.split(','),
        logLevel: kafkajs.logLevel.NOTHING,
      }).admin();
      await admin.connect();
      await admin.createTopics({
        waitForLeaders: true,
        topics: [
          {
            topic,
            numPartitions: 1,
            replicationFactor: 1,
            configEntries: [
              { name: 'message.timestamp.type', value: 'CreateTime' },
              { name: 'cleanup.policy', value: 'compact' },
              { name: 'max.message.bytes', value: '1000000' },
            ],
          },
        ],
      });
      await admin.disconnect();
      const wrong = await mingcha(['admin', 'topics'], { ...env, MINGCHA_TOPIC: topic });
      expect(wrong.code).toBe(1);
      expect(wrong.err).toContain(
        `--alter --entity-type topics --entity-name ${topic} --add-config message.timestamp.type=LogAppendTime`,
      );
      expect(wrong.err).toContain('cleanup.policy is compact');
      expect(lines(wrong.out)[0]).toMatchObject({
        outcome: 'wrong',
        notes: expect.arrayContaining([expect.stringContaining('records above 1000000 bytes')]),
      });
    });

    it('says that Kafka is away', async () => {
      const { code, err } = await mingcha(['admin', 'topics'], { KAFKA_BROKERS: '127.0.0.1:1' });
      expect([code, err]).toEqual([4, expect.stringContaining('Kafka cannot be used')]);
    });
  },
);

describe('mingcha admin gaps and close-gap', () => {
  it('show what is open, close it with a reason, and leave an audit record', async () => {
    const database = await createDatabase(STORE);
    const env = { DATABASE_URL: database.url };
    const writer = openWriter({ url: database.url, role: 'mingcha_monitor', masterKey: null });
    const at = Date.parse('2025-03-04T00:00:00Z');
    const gap = { from: at, reason: 'records-lost mingcha.events/1 5-9' };
    const lane = { evaluatedThrough: at, late: 0, quarantined: 0, gap, at };
    await saveStep(writer, {
      ...emptyStep('monitor', at),
      coverage: [
        { ...lane, source: 'feed-a#1' },
        { ...lane, source: 'feed-b#1' },
      ],
    });
    const listed = await mingcha(['admin', 'gaps'], env);
    expect([listed.code, lines(listed.out)]).toEqual([
      0,
      ['feed-a', 'feed-b'].map((source) => ({
        source,
        partition: 1,
        from: '2025-03-04T00:00:00.000Z',
        reason: gap.reason,
        heardThrough: '2025-03-04T00:00:00.000Z',
      })),
    ]);
    const close = ['admin', 'close-gap', '--source', 'feed-a', '--reason', 'sent again'];
    const none = await mingcha([...close, '--partition', '7'], env);
    expect([none.code, none.err]).toEqual([
      3,
      expect.stringContaining('no open gap in partition 7'),
    ]);
    const closed = await mingcha([...close, '--actor', 'duty officer'], env);
    expect([closed.code, lines(closed.out)]).toEqual([
      0,
      [{ source: 'feed-a', closed: 1, reason: 'sent again', actor: 'duty officer' }],
    ]);
    const open = (await loadCoverage(writer.pool)).map((one) => [
      one.source,
      one.gap?.from ?? null,
    ]);
    expect(open).toEqual([
      ['feed-a#1', null],
      ['feed-b#1', at],
    ]);
    const { rows } = await onDatabase(database.url, (client) =>
      client.query(
        "select action, actor from audit_record where action like 'coverage.%' order by record_no",
      ),
    );
    expect(rows).toEqual([
      { action: 'coverage.gap-opened', actor: 'monitor' },
      { action: 'coverage.gap-opened', actor: 'monitor' },
      { action: 'coverage.gap-closed', actor: 'duty officer' },
    ]);
    await closeWriter(writer);
    await database.drop();
  });
});
