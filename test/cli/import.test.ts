import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import { BatchReader, quietLogger, until } from '../streams/batch-reader.js';
import { type Ended, mingcha, Office, start } from './run-mingcha.js';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'libs/contract/examples');

/** Every example of the contract, one a line: what a supplier would send. */
const CONTRACT_LINES = readdirSync(EXAMPLES)
  .sort()
  .map((name) => JSON.stringify(JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8'))));

const APPLIED = CONTRACT_LINES.find((line) => line.includes('"approval.concluded"')) ?? '';

const numbered = (n: number): string =>
  JSON.stringify({ ...JSON.parse(APPLIED), id: `e-${n}`, subject: `C-${n % 500}` });

const BY_HAND = `
mapping: 1
source: city-requests
zone: Asia/Shanghai
defaults:
  subject: '{row.no}'
  agency: '11130600000000000X'
  region: '130602'
  unit: U7
  officer: '{row.clerk}'
rows:
  - name: received
    type: approval.concluded
    time: '{row.at}'
    fields: { conclusion: '{row.outcome}' }
`;

const summaryOf = ({ out }: Ended): Record<string, unknown> => JSON.parse(out);

describe('mingcha import', () => {
  let office: Office;
  let env: Record<string, string>;

  beforeEach(async () => {
    office = await Office.open();
    env = office.env;
  });
  afterEach(() => office.close());

  it('publishes every example of the contract byte for byte, keyed by case number', async () => {
    const log = office.file('all.jsonl', `${CONTRACT_LINES.join('\r\n')}\r\n\n`);
    const ended = await mingcha(['import', '--log', log], env);
    expect([ended.code, ended.err]).toEqual([0, '']);
    const records = await office.records();
    const events = CONTRACT_LINES.length;
    expect(summaryOf(ended)).toMatchObject({ events, published: events, skipped: 0 });
    expect(new Set(records.map(({ value }) => value))).toEqual(new Set(CONTRACT_LINES));
    for (const { key, value, headers } of records) {
      const { subject, type } = JSON.parse(value ?? '') as { subject: string; type: string };
      if (!/^(feed|catalog|calendar|org)\./.test(type)) expect(key).toBe(subject);
      expect(headers['content-type']).toBe('application/cloudevents+json');
    }
    // Facts that every partition needs stand once in each of both.
    const heartbeats = records.filter(({ value }) => value?.includes('"type":"feed.heartbeat"'));
    expect(heartbeats.map(({ partition }) => partition)).toEqual([0, 1]);
  });

  it('reads gzip and transport records, and passes on when they were received', async () => {
    const receivedAt = '2026-03-01T08:00:00+08:00';
    const lines = [
      JSON.stringify({ receivedAt, key: 'feed/C-1', value: numbered(1) }),
      JSON.stringify({ receivedAt, key: 'feed/C-2', value: JSON.parse(numbered(2)) }),
    ];
    const log = office.file('records.jsonl.gz', gzipSync(lines.join('\n')));
    expect((await mingcha(['import', '--log', log], env)).code).toBe(0);
    const records = await office.records();
    expect(records.map(({ key }) => key).sort()).toEqual(['feed/C-1', 'feed/C-2']);
    expect(records.map(({ value }) => value).sort()).toEqual([numbered(1), numbered(2)]);
    for (const { headers } of records)
      expect(headers['mingcha-received-at']).toBe(String(Date.parse(receivedAt)));
  });

  it('has no effect the second time', async () => {
    const log = office.file('log.jsonl', [1, 2, 3].map(numbered).join('\n'));
    office.startMonitor();
    expect((await mingcha(['import', '--log', log], env)).code).toBe(0);
    await office.until(() => office.isDrained());
    const findings = await office.count('finding');
    expect(await office.count('event_identity')).toBe(3);
    expect((await mingcha(['import', '--log', log], env)).code).toBe(0);
    await office.until(() => office.isDrained());
    expect(await office.records()).toHaveLength(6);
    expect(await office.count('event_identity')).toBe(3);
    expect(await office.count('event')).toBe(3);
    expect(await office.count('finding')).toBe(findings);
    expect(await office.count('quarantine')).toBe(0);
  });
});

describe('mingcha import with a mapping', () => {
  let office: Office;
  beforeAll(async () => {
    office = await Office.open();
  });
  afterAll(() => office.close());
  afterEach(() => office.admin.query('truncate inbox_record'));

  const run = (csv: string, args: readonly string[] = [], mapping = BY_HAND) => {
    const log = office.file('log.csv', csv);
    const map = office.file('mapping.yaml', mapping);
    return mingcha(['import', '--log', log, '--mapping', map, ...args], office.env);
  };

  it('publishes what the mapping says, and nothing else', async () => {
    const csv = 'no,at,clerk,outcome\n1001,2025-03-03 09:30:00,S12,granted\n';
    const ended = await run(csv);
    expect([ended.code, ended.err]).toEqual([0, '']);
    const [record] = await office.records();
    expect(record?.key).toBe('1001');
    expect(JSON.parse(record?.value ?? '')).toMatchObject({
      specversion: '1.0',
      source: 'city-requests',
      type: 'approval.concluded',
      subject: '1001',
      time: '2025-03-03T09:30:00.000+08:00',
      data: { agencyCode: '11130600000000000X', regionCode: '130602', conclusion: 'granted' },
    });
  });

  it('publishes nothing where a row near the end is broken, and names the line', async () => {
    const good = Array.from({ length: 3_000 }, (_, n) => `${n},2025-03-03 09:30:00,S1,granted`);
    const csv = ['no,at,clerk,outcome', ...good, 'x,tomorrow,S1,granted', ''].join('\n');
    const ended = await run(csv);
    expect([ended.code, ended.out]).toEqual([3, '']);
    expect(ended.err).toContain('log.csv:3002: ');
    expect(await office.records()).toHaveLength(0);
    const going = await run(csv, ['--keep-going']);
    expect(going.code).toBe(0);
    expect(summaryOf(going)).toMatchObject({ events: 3_000, published: 3_000, skipped: 1 });
    expect(going.err).toContain('left out: ');
    expect(await office.records()).toHaveLength(3_000);
  });

  it('refuses an event that the contract refuses, before anything is published', async () => {
    const csv =
      'no,at,clerk,outcome\n1,2025-03-03 09:30:00,S1,granted\n2,2025-03-03 09:30:00,S1,perhaps\n';
    const ended = await run(csv);
    expect(ended.code).toBe(3);
    expect(ended.err).toMatch(/log\.csv:3: rule 'received' .*conclusion/);
    expect(await office.records()).toHaveLength(0);
    const none = await run('no,at,clerk,outcome\n2,never,S1,granted\n', ['--keep-going']);
    expect([none.code, none.err]).toEqual([
      3,
      expect.stringContaining('none of its 1 rows gives a valid event'),
    ]);
  });

  it('checks without any server on --dry-run', async () => {
    const log = office.file('log.csv', 'no,at,clerk,outcome\n1,2025-03-03 09:30:00,S1,granted\n');
    const mapping = office.file('mapping.yaml', BY_HAND);
    const ended = await mingcha(['import', '--log', log, '--mapping', mapping, '--dry-run']);
    expect(ended.code).toBe(0);
    expect(summaryOf(ended)).toMatchObject({ events: 1, published: 0, dryRun: true });
  });

  it('refuses mappings with event types of their own, naming the place', async () => {
    const log = office.file('log.csv', 'a\n1\n');
    const mapping = join(ROOT, 'mappings/boston311.yaml');
    const ended = await mingcha(['import', '--log', log, '--mapping', mapping], office.env);
    expect(ended.code).toBe(3);
    expect(ended.err).toMatch(
      /boston311\.yaml:\d+:\d+: the mapping declares event types of its own \(x\./,
    );
  });

  it('names a column that is not there, a feed that the city does not know, and another numbering', async () => {
    const csv = 'no,at,clerk\n1,2025-03-03 09:30:00,S1\n';
    const missing = await run(csv);
    expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('outcome')]);
    const city = office.file('city.yaml', 'anyFeed: false\nfeeds: [{ source: other }]\n');
    const unknown = await run(csv, ['--city', city]);
    expect([unknown.code, unknown.err]).toEqual([
      3,
      expect.stringContaining("the city has no feed 'city-requests'"),
    ]);
    const own = office.file('own.yaml', 'feeds: [{ source: city-requests, authority: 市局 }]\n');
    const full = 'no,at,clerk,outcome\n1,2025-03-03 09:30:00,S1,granted\n';
    const numbered = await run(full, ['--city', own]);
    expect([numbered.code, numbered.err]).toEqual([0, expect.stringContaining("under '市局'")]);
    const broken = await run(full, ['--city', office.file('bad.yaml', 'feeds: [{}]')]);
    expect([broken.code, broken.err]).toEqual([3, expect.stringContaining('bad.yaml')]);
  });
});

describe('mingcha import, given what it cannot use', () => {
  let office: Office;
  beforeAll(async () => {
    office = await Office.open();
  });
  afterAll(() => office.close());

  const cases: [what: string, args: () => string[], code: number, says: string][] = [
    ['no log', () => [], 2, 'needs --log FILE'],
    ['an unknown option', () => ['--log', 'x', '--mapp', 'y'], 2, "'--mapp'"],
    [
      'an unknown format',
      () => ['--log', 'x', '--format', 'xml'],
      2,
      '--format takes xes, csv, jsonl',
    ],
    ['a CSV without mapping', () => ['--log', 'x.csv'], 2, 'needs --mapping FILE'],
    ['a log that is missing', () => ['--log', '/nowhere/x.jsonl'], 3, 'no such file'],
    [
      'a mapping that is missing',
      () => ['--log', 'x', '--mapping', '/nowhere/m.yaml'],
      3,
      '/nowhere/m.yaml',
    ],
    ['a folder', () => ['--log', office.folder], 3, 'is not a file'],
    ['an empty log', () => ['--log', office.file('empty.jsonl', '')], 3, 'is empty'],
    [
      'blank lines only',
      () => ['--log', office.file('blank.jsonl', '\n\n \n')],
      3,
      'gives no event',
    ],
    [
      'text that is no JSON',
      () => ['--log', office.file('no.jsonl', 'hello\n')],
      3,
      'no.jsonl:1: ',
    ],
    [
      'bytes that are no text',
      () => ['--log', office.file('bytes.jsonl', Buffer.from([0x7b, 0xff, 0xfe, 0x0a]))],
      3,
      'bytes.jsonl:1: holds bytes that are not utf-8',
    ],
    [
      'a truncated gzip',
      () => ['--log', office.file('cut.jsonl.gz', gzipSync(APPLIED).subarray(0, 60))],
      3,
      'truncated',
    ],
    [
      'an event that breaks the contract',
      () => ['--log', office.file('bad.jsonl', `${APPLIED}\n${APPLIED.replace('"1.0"', '"9"')}\n`)],
      3,
      'bad.jsonl:2: the event breaks the contract',
    ],
    [
      'an event of 2 MB',
      () => [
        '--log',
        office.file('big.jsonl', JSON.stringify({ ...JSON.parse(APPLIED), pad: 'x'.repeat(2e6) })),
      ],
      3,
      'big.jsonl:1: the event breaks the contract: The record has 2',
    ],
    [
      'a line of 20 MB',
      () => ['--log', office.file('endless.jsonl', 'x'.repeat(2e7))],
      3,
      'endless.jsonl:1: the line is longer than',
    ],
    [
      'a topic that is missing',
      () => ['--log', office.file('ok.jsonl', APPLIED), '--topic', 'nowhere'],
      4,
      'Inbox topic nowhere does not exist',
    ],
  ];

  it.each(cases)('%s', async (_what, args, code, says) => {
    const ended = await mingcha(['import', ...args()], office.env);
    expect([ended.code, ended.out, ended.err]).toEqual([code, '', expect.stringContaining(says)]);
    expect(ended.err).not.toContain('    at ');
    expect(await office.records()).toHaveLength(0);
  });

  const settings: [env: Record<string, string>, code: number, says: string][] = [
    [{}, 2, 'DATABASE_URL is not set'],
    [{ EVENT_LOG: 'files' }, 2, "EVENT_LOG is 'files'"],
    [{ EVENT_LOG: 'kafka' }, 2, 'KAFKA_BROKERS is not set'],
    [{ EVENT_LOG: 'inbox' }, 2, 'DATABASE_URL is not set'],
    [{ KAFKA_BROKERS: 'nonsense' }, 2, 'KAFKA_BROKERS: "nonsense" is not host:port'],
    [{ KAFKA_BROKERS: '127.0.0.1:1' }, 4, 'the event log (kafka) cannot be used'],
    [{ DATABASE_URL: 'postgres://x@127.0.0.1:1/x' }, 4, 'the event log (inbox) cannot be used'],
  ];

  it.each(settings)('an environment of %j', async (env, code, says) => {
    const log = office.file('ok.jsonl', APPLIED);
    const ended = await mingcha(['import', '--log', log], env);
    expect([ended.code, ended.out, ended.err]).toEqual([code, '', expect.stringContaining(says)]);
    expect(ended.err).not.toContain('    at ');
  });
});

/** A way to the server that breaks after so many bytes, and stays broken. */
async function breakingWay(to: { host: string; port: number }, afterBytes: number) {
  const open = new Set<Socket>();
  let passed = 0;
  const server = createServer((client) => {
    const upstream = connect(to);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (chunk) => {
      passed += chunk.length;
      if (passed > afterBytes) for (const socket of open) socket.destroy();
      else upstream.write(chunk);
    });
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('mingcha import, disturbed', () => {
  let office: Office;
  let log: string;
  const EVENTS = 6_000;

  beforeEach(async () => {
    office = await Office.open();
    log = office.file(
      'log.jsonl',
      Array.from({ length: EVENTS }, (_, n) => numbered(n)).join('\n'),
    );
  });
  afterEach(() => office.close());

  const identities = async () => {
    const records = await office.records();
    return new Set(records.map(({ value }) => JSON.parse(value ?? '').id));
  };

  it('says how far it got when the connection is lost, and can be run again', async () => {
    const url = new URL(office.database.url);
    const way = await breakingWay({ host: url.hostname, port: Number(url.port) }, 2_000_000);
    url.port = String(way.port);
    const ended = await mingcha(['import', '--log', log], {
      ...office.env,
      DATABASE_URL: url.href,
    });
    await way.close();
    expect([ended.code, ended.out]).toEqual([4, '']);
    const said =
      /stopped: .*?\. (\d+) of 6000 events are published for certain \(through line (\d+) of/.exec(
        ended.err,
      );
    expect(said).not.toBeNull();
    const certain = Number(said?.[1]);
    expect(certain).toBeGreaterThan(0);
    expect(Number(said?.[2])).toBe(certain);
    const arrived = await identities();
    for (let n = 0; n < certain; n += 1) expect(arrived.has(`e-${n}`)).toBe(true);
    const again = await mingcha(['import', '--log', log], office.env);
    expect([again.code, summaryOf(again).published]).toEqual([0, EVENTS]);
    expect((await identities()).size).toBe(EVENTS);
  });

  it('finishes the chunk in hand on Ctrl-C and says how far it got', async () => {
    const running = start('cli/main.js', ['import', '--log', log], office.env);
    await office.until(async () => (await office.count('inbox_record')) > 0);
    running.child.kill('SIGINT');
    const ended = await running.ended;
    if (ended.code === 0) return; // it was faster
    expect([ended.code, ended.err]).toEqual([1, expect.stringContaining('interrupted. ')]);
    const certain = Number(/interrupted\. (\d+) of 6000/.exec(ended.err)?.[1]);
    expect(await office.count('inbox_record')).toBe(certain);
  });
});

(process.env.KAFKA_BROKERS === undefined ? describe.skip : describe)(
  'mingcha import to Kafka',
  () => {
    it('publishes to the broker that the environment names', async () => {
      const kafka = new KafkaEventLog({
        settings: readKafkaSettings({ brokers: process.env.KAFKA_BROKERS }),
        logger: quietLogger,
      });
      const topic = `import-test-${Date.now().toString(36)}`;
      await kafka.createTopics([{ topic, partitions: 3 }]);
      const office = await Office.open();
      const lines = Array.from({ length: 2_500 }, (_, n) => numbered(n));
      const log = office.file('log.jsonl', lines.join('\n'));
      const env = { KAFKA_BROKERS: process.env.KAFKA_BROKERS ?? '' };
      const ended = await mingcha(['import', '--log', log, '--topic', topic], env);
      expect([ended.code, ended.err]).toEqual([0, '']);
      expect(summaryOf(ended)).toMatchObject({ published: 2_500, eventLog: 'kafka', topic });
      const reader = new BatchReader(kafka, { topic, groupId: topic });
      await until(() => reader.records.length === 2_500);
      const values = reader.records.map(({ value }) => Buffer.from(value ?? []).toString());
      expect(new Set(values)).toEqual(new Set(lines));
      await reader.close();
      await kafka.close();
      await office.close();
    });
  },
);
