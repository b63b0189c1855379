import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import { type KafkaServer, startKafka } from '../../apps/cli/env/kafka-server.js';
import { type PostgresServer, startPostgres } from '../../apps/cli/env/postgres-server.js';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilTrue(condition: () => boolean, withinMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > giveUpAt) return false;
    await sleep(50);
  }
  return true;
}

describe('a PostgreSQL server of the environment', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ own: true, settings: { shared_buffers: '32MB' } });
  });
  afterAll(() => server.stop());

  it('takes the settings given, but none that would weaken a commit', async () => {
    const other = await startPostgres({
      own: true,
      settings: { shared_buffers: '24MB', fsync: 'off', synchronous_commit: 'off' },
    });
    try {
      const show =
        "select current_setting('shared_buffers') as buffers, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commits";
      expect(await query(other.url, show)).toEqual([
        { buffers: '24MB', fsync: 'on', commits: 'on' },
      ]);
    } finally {
      await other.stop();
    }
    expect(other.pid).toBeNull();
  });

  it('listens on 127.0.0.1 and refuses a wrong password', async () => {
    const url = new URL(server.url);
    expect(url.hostname).toBe('127.0.0.1');
    url.password = 'wrong';
    await expect(query(url.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('has every committed row after it was killed and restarted, under the same address', async () => {
    const { url, pid } = server;
    await query(url, 'create table kept (n int); insert into kept select generate_series(1, 1000)');
    await server.kill9();
    expect(server.pid).toBeNull();
    await expect(query(url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect(await query(url, 'select count(*)::int as n from kept')).toEqual([{ n: 1000 }]);
  });
});

describe('a Kafka node of the environment', () => {
  let server: KafkaServer;
  let kafka: Kafka;

  beforeAll(async () => {
    const started = await startKafka({ own: true });
    if (started.kind === 'unavailable') throw new Error(started.detail);
    server = started;
    kafka = new Kafka({ brokers: [...server.brokers], logLevel: logLevel.NOTHING });
  }, 300_000);
  afterAll(() => server?.stop());

  async function send(topic: string, value: string): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    // a time of the producer's own, which the broker has to replace
    await producer.send({ topic, messages: [{ key: 'k', value, timestamp: '1000' }] });
    await producer.disconnect();
  }

  async function read(topic: string, count: number) {
    const consumer = kafka.consumer({ groupId: `reader-of-${topic}` });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const values: string[] = [];
    const times: number[] = [];
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message }) => {
            values.push(String(message.value));
            times.push(Number(message.timestamp));
            if (values.length === count) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    return { values, times };
  }

  it('makes no topic unasked', async () => {
    await expect(send('never-made', 'x')).rejects.toThrow('does not host this topic-partition');
  });

  it('keeps records over a kill and a restart, with the time at which it appended them', async () => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] });
    await admin.disconnect();
    const before = Date.now();
    await send('kept', 'before the kill');
    await server.kill9();
    await server.restart();
    await send('kept', 'after it');
    const { values, times } = await read('kept', 2);
    expect(values).toEqual(['before the kill', 'after it']);
    for (const time of times) expect(time).toBeGreaterThanOrEqual(before - 1000);
  }, 120_000);
});

describe('a server whose parent is killed', () => {
  it('ends, and its data are removed', async () => {
    const built = join(import.meta.dirname, '../../dist/apps/cli/env/postgres-server.js');
    const script = `
      import { startPostgres } from ${JSON.stringify(built)};
      const server = await startPostgres({ own: true });
      console.log(JSON.stringify({ pid: server.pid, url: server.url }));
      setInterval(() => undefined, 1000);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) =>
      parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
    const { pid, url } = JSON.parse(line) as { pid: number; url: string };
    const [{ directory } = { directory: '' }] = (await query(
      url,
      "select current_setting('data_directory') as directory",
    )) as { directory: string }[];
    expect(existsSync(directory)).toBe(true);
    parent.kill('SIGKILL');
    expect(await untilTrue(() => !isAlive(pid), 10_000)).toBe(true);
    expect(await untilTrue(() => !existsSync(directory), 10_000)).toBe(true);
    const refused = await new Promise((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.once('error', () => resolve(true));
      socket.once('connect', () => resolve(false));
    });
    expect(refused).toBe(true);
  });
});
