import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { pino } from 'pino';
import { MetricsServer } from '../../apps/api/metrics/metrics-server.js';
import { createApp } from '../../apps/api/server/create-app.js';
import { Resources } from '../../apps/api/server/resources.js';
import { readSettings } from '../../apps/api/settings.js';
import { ApiServer } from './api-server.js';
import { breaches } from './schema-check.js';

let api: ApiServer;

beforeAll(async () => {
  api = await ApiServer.start();
});

afterAll(() => api.stop());

describe('GET /health', () => {
  it('is ready while database and event log answer', async () => {
    const answer = await api.get('/health');
    expect(answer.status).toBe(200);
    expect(breaches('get', '/health', answer)).toEqual([]);
    expect(answer.body).toMatchObject({ status: 'ok', lag: { consumedThrough: null } });
    expect((await api.get('/health/live')).body).toEqual({ status: 'ok' });
  });

  it('says how far the monitors are behind', async () => {
    const client = new Client({ connectionString: api.database.url });
    await client.connect();
    const at = new Date(Date.now() - 90_000);
    await client.query("insert into stream_position values ('mingcha.events', 0, 5, $1)", [at]);
    const { body } = await api.get('/health');
    await client.query('delete from stream_position');
    await client.end();
    const { lag } = body as {
      lag: { consumedThrough: string; behindSeconds: number; casesDue: number };
    };
    expect(lag).toMatchObject({ consumedThrough: at.toISOString(), casesDue: 0 });
    expect(Math.abs(lag.behindSeconds - 90)).toBeLessThan(5);
  });

  it('is alive but not ready where the database is away, and so is everything else: 503', async () => {
    const settings = readSettings({
      DATABASE_URL: 'postgres://127.0.0.1:1/nothing',
      MINGCHA_RULES: `${import.meta.dirname}/rules`,
    });
    const resources = new Resources(settings, pino({ level: 'silent' }));
    await resources.open();
    const app = await createApp(resources);
    await app.listen(0, '127.0.0.1');
    const origin = await app.getUrl();
    try {
      expect((await fetch(`${origin}/health/live`)).status).toBe(200);
      const ready = await fetch(`${origin}/health`);
      const body = (await ready.json()) as object;
      expect(breaches('get', '/health', { status: ready.status, body })).toEqual([]);
      expect([ready.status, body]).toMatchObject([
        503,
        { status: 'not-ready', database: { status: 'away' }, eventLog: { status: 'away' } },
      ]);
      for (const path of [
        '/v1/alerts',
        '/v1/cases/a',
        '/v1/coverage',
        '/v1/quarantine',
        '/v1/alerts/stream',
      ]) {
        const answer = await fetch(origin + path);
        expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '5']);
        const problem = (await answer.json()) as { type: string; detail: string };
        expect(problem.type).toBe('urn:mingcha:problem:database-away');
        expect(JSON.stringify(problem)).not.toContain('127.0.0.1:1');
      }
    } finally {
      await app.close();
      await resources.close();
    }
  });

  it('says so where the database has no tables yet', async () => {
    const { createDatabase } = await import('#test/env/database.js');
    const empty = await createDatabase();
    const settings = readSettings({
      DATABASE_URL: empty.url,
      MINGCHA_RULES: `${import.meta.dirname}/rules`,
    });
    const resources = new Resources(settings, pino({ level: 'silent' }));
    await resources.open();
    const app = await createApp(resources);
    await app.listen(0, '127.0.0.1');
    const answer = await fetch(`${await app.getUrl()}/v1/coverage`);
    expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
      503,
      'urn:mingcha:problem:database-not-migrated',
    ]);
    await app.close();
    await resources.close();
    await empty.drop();
  });
});

describe('everything else', () => {
  it.each([
    ['GET', '/v1/nothing', 404],
    ['GET', '/', 404],
    ['GET', '/v1', 404],
    ['DELETE', '/v1/alerts', 404],
    ['PUT', '/v1/events', 404],
    ['GET', '/v1/alerts/%zz', 400],
    ['GET', `/v1/cases/${'x'.repeat(9000)}`, 400],
    ['GET', '//', 404],
  ])('%s %s is a problem with %i', async (method, path, status) => {
    const answer = await api.raw(method, path);
    expect(answer).toEqual({ status, type: 'application/problem+json; charset=utf-8' });
  });

  it('serves the OpenAPI document that is kept in the contract', async () => {
    const { body } = await api.get('/v1/openapi.json');
    const { readFileSync } = await import('node:fs');
    const kept = readFileSync(`${import.meta.dirname}/../../libs/contract/openapi.json`, 'utf8');
    expect(body).toEqual(JSON.parse(kept));
  });

  it('keeps a request id that was given, and makes one where it is not fit', async () => {
    const given = await api.get('/health/live', { 'x-request-id': 'abc-1' });
    expect(given.headers.get('x-request-id')).toBe('abc-1');
    const made = await api.get('/health/live', { 'x-request-id': 'a b"c' });
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('answers as mingcha_api, which may not change what was judged', async () => {
    const { rows } = await api.resources.database.pool.query('select current_user as role');
    expect(rows).toEqual([{ role: 'mingcha_api' }]);
    await expect(api.resources.database.pool.query('delete from alert')).rejects.toThrow(
      'permission denied',
    );
    const source = api.resources.database.source;
    expect(await source.query('select current_user as role')).toEqual([{ role: 'mingcha_api' }]);
  });

  it('counts requests by route, never by path, on a port of its own', async () => {
    await api.get('/v1/cases/SECRET-1');
    const server = new MetricsServer(api.resources.metrics);
    const port = await server.listen('127.0.0.1', 0);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toMatch(
      /mingcha_api_request_seconds_count\{.*route="\/v1\/cases\/:caseId",status="404"\} \d/,
    );
    expect(text).not.toContain('SECRET-1');
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    await server.close();
  });
});
