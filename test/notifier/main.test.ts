import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../streams/batch-reader.js';
import { ALERTS, alertMessage, OutboxCity } from './outbox-city.js';

const MAIN = join(import.meta.dirname, '../../dist/apps/notifier/main.js');

interface Run {
  readonly process: ChildProcess;
  output: string;
  code: number | null;
}

function run(env: Record<string, string>): Run {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env.PATH ?? '', ...env } });
  const started: Run = { process: child, output: '', code: null };
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      started.output += chunk.toString();
    });
  child.once('close', (code) => {
    started.code = code ?? -1;
  });
  return started;
}

async function addressOf(notifier: Run): Promise<string> {
  await until(() => notifier.output.includes('"health and metrics"'), 20_000);
  const line = notifier.output.split('\n').find((one) => one.includes('"address"')) ?? '{}';
  return (JSON.parse(line) as { address: string }).address;
}

describe('node dist/apps/notifier/main.js', () => {
  let city: OutboxCity;
  let env: Record<string, string>;

  beforeAll(async () => {
    city = await OutboxCity.start();
    env = { DATABASE_URL: city.database.url, EVENT_LOG: 'inbox' };
  });
  afterAll(() => city.stop());

  it('drains, shows what waits, and stops on SIGTERM leaving no connection', async () => {
    await city.save([
      alertMessage('a1', 'raised', 1),
      { ...alertMessage('m1', 'raised', 2), channel: 'mail' },
    ]);
    const notifier = run(env);
    const address = await addressOf(notifier);
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const alerts = city.read(ALERTS);
    await until(() => alerts.length === 1);
    const health = await fetch(`${address}/health`);
    expect([health.status, await health.json()]).toEqual([
      200,
      {
        ready: true,
        reason: null,
        waiting: [
          { channel: 'mail', messages: 1, oldestSeconds: expect.any(Number), served: false },
        ],
      },
    ]);
    const figures = await (await fetch(`${address}/metrics`)).text();
    expect(figures).toContain('mingcha_messages_sent_total{channel="alert-topic"} 1');
    expect(figures).toContain('mingcha_outbox_waiting{channel="mail",served="false"} 1');
    expect(figures).toContain('mingcha_outbox_waiting{channel="alert-topic",served="true"} 0');
    notifier.process.kill('SIGTERM');
    await until(() => notifier.code !== null, 20_000);
    expect([notifier.code, notifier.output]).toEqual([
      0,
      expect.stringContaining('"notifier stopped"'),
    ]);
  });

  it('starts without its database, says so in health, and goes on', async () => {
    const notifier = run({ ...env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
    const address = await addressOf(notifier);
    const health = await fetch(`${address}/health`);
    expect([health.status, await health.json()]).toEqual([
      503,
      {
        ready: false,
        reason: expect.stringContaining('the database does not answer'),
        waiting: [],
      },
    ]);
    expect((await fetch(`${address}/metrics`)).status).toBe(200);
    notifier.process.kill('SIGTERM');
    await until(() => notifier.code !== null, 25_000);
    expect(notifier.code).toBe(0);
  });

  it('waits for a Kafka that is away, and stops all the same', async () => {
    await city.save([alertMessage('a9', 'raised', 9)]);
    const notifier = run({ ...env, EVENT_LOG: 'kafka', KAFKA_BROKERS: '127.0.0.1:1' });
    const address = await addressOf(notifier);
    await until(() => notifier.output.includes('messages cannot be sent'), 40_000);
    const health = await fetch(`${address}/health`);
    expect([health.status, (await health.json()) as object]).toEqual([
      503,
      expect.objectContaining({ ready: false, reason: expect.stringContaining('alert-topic') }),
    ]);
    notifier.process.kill('SIGTERM');
    await until(() => notifier.code !== null, 25_000);
    expect(notifier.code).toBe(0);
    await city.hurry();
    const other = run(env);
    const alerts = city.read(ALERTS);
    await until(() => alerts.some(({ key }) => key === 'a9'));
    other.process.kill('SIGTERM');
    await until(() => other.code !== null, 25_000);
  });

  it('names every fault of its settings at once and exits with 2', async () => {
    const notifier = run({
      EVENT_LOG: 'files',
      MINGCHA_ALERT_TOPIC: 'no such/topic',
      MINGCHA_OUTBOX_BATCH: '0',
      MINGCHA_OUTBOX_POLL_MS: '1e3',
    });
    await until(() => notifier.code !== null, 20_000);
    expect(notifier.code).toBe(2);
    for (const fault of [
      'DATABASE_URL is not set',
      "EVENT_LOG is 'files'",
      "MINGCHA_ALERT_TOPIC is 'no such/topic'",
      "MINGCHA_OUTBOX_BATCH is '0'",
      "MINGCHA_OUTBOX_POLL_MS is '1e3'",
    ])
      expect(notifier.output).toContain(fault);
    const kafka = run({ DATABASE_URL: 'postgres://x@127.0.0.1/x', EVENT_LOG: 'kafka' });
    await until(() => kafka.code !== null, 20_000);
    expect([kafka.code, kafka.output]).toEqual([2, expect.stringContaining('KAFKA_BROKERS')]);
  });
});
