import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Office, start } from '../cli/run-mingcha.js';
import { until } from '../streams/batch-reader.js';

const MAIN = 'monitor/main.js';
type Run = ReturnType<typeof start>;

const lines = (run: Run) =>
  run.text.err
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown> & { msg: string });

async function addressOf(run: Run): Promise<string> {
  await until(() => lines(run).some(({ msg }) => msg === 'health and metrics'), 20_000);
  return String(lines(run).find(({ msg }) => msg === 'health and metrics')?.address);
}

async function health(address: string) {
  const answer = await fetch(`${address}/health`);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe('node dist/apps/monitor/main.js', () => {
  let office: Office;
  const runs: Run[] = [];

  const monitor = (env: Record<string, string> = {}): Run => {
    const run = start(MAIN, [], { ...office.env, ...env });
    runs.push(run);
    return run;
  };

  beforeAll(async () => {
    office = await Office.open();
  });
  afterAll(async () => {
    for (const { child } of runs) child.kill('SIGKILL');
    await office.close();
  });

  it('listens at once, says what it waits for, and goes on when the topic is there', async () => {
    const run = monitor({ MINGCHA_TOPIC: 'city.events' });
    const address = await addressOf(run);
    await until(() => run.text.err.includes('Waiting for the topic'), 20_000);
    expect(await health(address)).toEqual({
      status: 503,
      body: expect.objectContaining({
        ready: false,
        state: 'starting',
        reason: expect.stringMatching(
          /^starting: waiting for the topic city\.events .*Inbox topic city\.events does not exist/,
        ),
      }),
    });
    expect((await fetch(`${address}/metrics`)).status).toBe(200);
    await office.log.createTopics([{ topic: 'city.events', partitions: 1 }]);
    await office.until(async () => (await health(address)).status === 200, 20_000);
    expect((await health(address)).body).toMatchObject({ state: 'running', reason: null });
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
  }, 60_000);

  it('waits for a database that is away, tells it once, and ends with 0 on each signal', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const run = monitor({ DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' });
      const address = await addressOf(run);
      await until(() => run.text.err.includes('Waiting for the database'), 20_000);
      expect(await health(address)).toEqual({
        status: 503,
        body: expect.objectContaining({
          reason: expect.stringMatching(/^starting: waiting for the database .*ECONNREFUSED/),
        }),
      });
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(lines(run).filter(({ msg }) => msg.includes('the database'))).toHaveLength(1);
      expect(run.text.err).not.toContain('secret');
      run.child.kill(signal);
      expect((await run.ended).code).toBe(0);
    }
  }, 60_000);

  it('says what to do where the database is not migrated, and ends with 1', async () => {
    await office.admin.query('create database not_migrated');
    const url = new URL(office.database.url);
    url.pathname = '/not_migrated';
    const run = monitor({ DATABASE_URL: url.href });
    expect((await run.ended).code).toBe(1);
    expect(run.text.err).toMatch(/not prepared for this version.*mingcha admin migrate/);
    await office.admin.query('drop database not_migrated');
  }, 60_000);

  it('names every wrong setting at once and ends with 2', async () => {
    const run = start(MAIN, [], {
      EVENT_LOG: 'kafka',
      KAFKA_BROKERS: 'somewhere',
      KAFKA_TLS: 'yes',
      KAFKA_TLS_CA_FILE: '/nowhere.pem',
      MINGCHA_MASTER_KEY: 'abc',
      MINGCHA_BATCH: '0',
      MINGCHA_TICK_MS: '1e3',
      MINGCHA_RULES: '/no/rules',
      MINGCHA_CITY: '/no/city.yaml',
      MINGCHA_RECORD_TIME: 'maybe',
      MINGCHA_TOPIC: 'no such/topic',
      LOG_LEVEL: 'loud',
    });
    const { code, err } = await run.ended;
    expect(code).toBe(2);
    for (const fault of [
      'DATABASE_URL is not set: give it a postgres:// address',
      'KAFKA_BROKERS: "somewhere" is not host:port',
      "KAFKA_TLS is 'yes': it takes true or false",
      'KAFKA_TLS_CA_FILE: cannot read /nowhere.pem',
      'MINGCHA_MASTER_KEY must be 64 hex digits',
      "MINGCHA_BATCH is '0': it takes a whole number from 1 to 10000",
      "MINGCHA_TICK_MS is '1e3'",
      "MINGCHA_RULES names '/no/rules'",
      'MINGCHA_CITY: ',
      "MINGCHA_RECORD_TIME is 'maybe'",
      "MINGCHA_TOPIC is 'no such/topic'",
      "LOG_LEVEL is 'loud': it takes trace, debug",
    ])
      expect(err).toContain(fault);
    expect(err.trimEnd().split('\n')).toHaveLength(13);
  });
});
