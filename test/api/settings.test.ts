import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { feedOf } from '#rulebook/city.js';
import { type Env, SettingsError } from '#settings/env-reader.js';
import { readSettings } from '../../apps/api/settings.js';

const DATABASE_URL = 'postgres://127.0.0.1/mingcha';

function faultsOf(env: Env): readonly string[] {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

describe('the settings', () => {
  it('need a database only', () => {
    const settings = readSettings({ DATABASE_URL });
    expect(settings).toMatchObject({ host: '127.0.0.1', port: 8080, kafka: null, masterKey: null });
    expect(feedOf(settings.city, 'any')).toMatchObject({ authority: 'any', agreedDelayHours: 24 });
  });

  it.each<[string, Env, RegExp]>([
    ['no database', {}, /DATABASE_URL is not set/],
    ['another database', { DATABASE_URL: 'mysql://x' }, /not a postgres/],
    [
      'all interfaces',
      { DATABASE_URL, MINGCHA_HOST: '0.0.0.0' },
      /no access control yet.*127\.0\.0\.1 only/,
    ],
    ['another name for here', { DATABASE_URL, MINGCHA_HOST: 'localhost' }, /MINGCHA_HOST/],
    ['IPv6', { DATABASE_URL, MINGCHA_HOST: '::' }, /MINGCHA_HOST/],
    [
      'a port that is none',
      { DATABASE_URL, MINGCHA_API_PORT: '70000' },
      /MINGCHA_API_PORT is '70000'/,
    ],
    ['a port in words', { DATABASE_URL, MINGCHA_METRICS_PORT: 'http' }, /MINGCHA_METRICS_PORT/],
    ['one port for both', { DATABASE_URL, MINGCHA_API_PORT: '9464' }, /different ports/],
    ['another log', { DATABASE_URL, EVENT_LOG: 'files' }, /EVENT_LOG is 'files'.*kafka or inbox/],
    ['Kafka without brokers', { DATABASE_URL, EVENT_LOG: 'kafka' }, /KAFKA_BROKERS is not set/],
    ['brokers without a port', { DATABASE_URL, KAFKA_BROKERS: 'somewhere' }, /not host:port/],
    ['a short key', { DATABASE_URL, MINGCHA_MASTER_KEY: 'abc' }, /64 hex digits/],
    [
      'a city that is not there',
      { DATABASE_URL, MINGCHA_CITY: '/nowhere.yaml' },
      /MINGCHA_CITY.*nowhere/,
    ],
    ['a log level', { DATABASE_URL, MINGCHA_LOG_LEVEL: 'loud' }, /MINGCHA_LOG_LEVEL/],
  ])('refuse %s', (_, env, fault) => {
    const faults = faultsOf(env);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it('name all faults at once, and no secret', () => {
    const env = { MINGCHA_MASTER_KEY: 'secret', MINGCHA_API_PORT: '-1', EVENT_LOG: 'x' };
    expect(faultsOf(env)).toHaveLength(4);
    expect(faultsOf(env).join()).not.toContain('secret');
  });

  it('take Kafka with its own settings', () => {
    const { kafka } = readSettings({ DATABASE_URL, KAFKA_BROKERS: '127.0.0.1:9092, b:9093' });
    expect(kafka).toMatchObject({ brokers: ['127.0.0.1:9092', 'b:9093'], clientId: 'mingcha-api' });
  });

  it('read feeds from the city file: then no other source is known', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'mingcha-city-')), 'city.yaml');
    writeFileSync(file, 'feeds:\n  - { source: a, authority: city }\n');
    const { city } = readSettings({ DATABASE_URL, MINGCHA_CITY: file });
    expect([feedOf(city, 'a')?.authority, feedOf(city, 'b')]).toEqual(['city', null]);
    writeFileSync(file, 'feeds:\n  - { authority: city }\n');
    expect(faultsOf({ DATABASE_URL, MINGCHA_CITY: file })[0]).toMatch(/a feed has no source/);
  });
});
