import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { until } from '../streams/batch-reader.js';

const MAIN = join(import.meta.dirname, '../../dist/apps/api/main.js');

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
  child.once('exit', (code) => {
    started.code = code ?? -1;
  });
  return started;
}

describe('node dist/apps/api/main.js', () => {
  let database: TestDatabase;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await createDatabase(STORE);
    env = {
      DATABASE_URL: database.url,
      EVENT_LOG: 'inbox',
      MINGCHA_API_PORT: '0',
      MINGCHA_METRICS_PORT: '0',
      MINGCHA_RULES: join(import.meta.dirname, 'rules'),
      MINGCHA_MASTER_KEY: '5e'.repeat(32),
    };
  });
  afterAll(() => database.drop());

  it('answers, and stops within seconds of SIGTERM with a stream open, leaving no connection', async () => {
    const api = run(env);
    await until(() => api.output.includes('"Listening"'), 20_000);
    const line = api.output.split('\n').find((one) => one.includes('"Listening"')) ?? '{}';
    const { address, metricsPort } = JSON.parse(line) as { address: string; metricsPort: number };
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${address}/health/live`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).status).toBe(200);
    const stream = await fetch(`${address}/v1/alerts/stream`);
    const reading = stream.text();
    api.process.kill('SIGTERM');
    expect(await reading).toContain(': connected');
    await until(() => api.code !== null, 10_000);
    expect([api.code, api.output]).toEqual([0, expect.stringContaining('"Stopped"')]);
    expect(api.output).not.toContain('5e5e');
    expect(api.output).not.toContain(new URL(database.url).password);
  }, 40_000);

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'another host',
      { MINGCHA_HOST: '0.0.0.0' },
      /^The API cannot start:\n- MINGCHA_HOST is '0\.0\.0\.0'/,
    ],
    [
      'a rule folder that is not there',
      { MINGCHA_RULES: '/nowhere' },
      /MINGCHA_RULES names '\/nowhere', which does not exist/,
    ],
  ])(
    'refuses %s with a message and exit code 2',
    async (_, changes, message) => {
      const api = run({ ...env, ...changes });
      await until(() => api.code !== null, 20_000);
      expect([api.code, api.output]).toEqual([2, expect.stringMatching(message)]);
      expect(api.output).not.toContain('    at ');
    },
    30_000,
  );

  it('says what to do where the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const api = run({ ...env, MINGCHA_API_PORT: String(port) });
    await until(() => api.code !== null, 20_000);
    expect([api.code, api.output]).toEqual([
      1,
      expect.stringMatching(/EADDRINUSE.*\nThe port is taken/),
    ]);
    await new Promise((resolve) => other.close(resolve));
  }, 30_000);
});
