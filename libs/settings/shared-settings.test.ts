import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type Env, EnvReader, readEnvironment, SettingsError } from './env-reader.js';
import { databaseUrlOf, eventLogOf, logLevelOf } from './shared-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'mingcha-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(env: Env, read: (reader: EnvReader) => unknown): readonly string[] {
  const reader = new EnvReader(env);
  read(reader);
  return reader.faults;
}

describe('settings that several processes share', () => {
  it('take the log level by its name everywhere, and by its earlier one', () => {
    expect(logLevelOf(new EnvReader({}))).toBe('info');
    expect(logLevelOf(new EnvReader({ LOG_LEVEL: 'debug' }))).toBe('debug');
    expect(logLevelOf(new EnvReader({ LOG_LEVEL: 'debug', MINGCHA_LOG_LEVEL: 'warn' }))).toBe(
      'warn',
    );
    expect(faultsOf({ MINGCHA_LOG_LEVEL: 'loud', LOG_LEVEL: 'x' }, logLevelOf)).toEqual([
      "MINGCHA_LOG_LEVEL is 'loud': it takes trace, debug, info, warn, error, fatal, silent.",
    ]);
  });

  it('choose Kafka where brokers are named, and the inbox otherwise', () => {
    const DATABASE_URL = 'postgres://127.0.0.1/mingcha';
    const KAFKA_BROKERS = 'a:1';
    expect(eventLogOf(new EnvReader({ DATABASE_URL }))).toEqual({
      kind: 'inbox',
      database: DATABASE_URL,
    });
    expect(eventLogOf(new EnvReader({ DATABASE_URL, KAFKA_BROKERS })).kind).toBe('kafka');
    expect(
      eventLogOf(new EnvReader({ DATABASE_URL, KAFKA_BROKERS, EVENT_LOG: 'inbox' })).kind,
    ).toBe('inbox');
    expect(faultsOf({ EVENT_LOG: 'kafka' }, eventLogOf)).toEqual([
      'KAFKA_BROKERS is not set: name host:port, or use the Postgres inbox with EVENT_LOG=inbox.',
    ]);
  });

  it('read every Kafka setting by its variable, the passphrase among them', () => {
    const pem = join(folder, 'ca.pem');
    writeFileSync(pem, 'no certificate');
    const log = eventLogOf(
      new EnvReader({
        KAFKA_BROKERS: 'a:1,b:2',
        KAFKA_CLIENT_ID: 'one',
        KAFKA_TLS: 'true',
        KAFKA_TLS_KEY_PASSPHRASE: 'secret',
        KAFKA_TLS_SERVER_NAME: 'kafka.city',
        KAFKA_SASL_MECHANISM: 'scram-sha-256',
        KAFKA_SASL_USERNAME: 'u',
        KAFKA_SASL_PASSWORD: 'p',
        KAFKA_COMPRESSION: 'zstd',
        KAFKA_RECEIVED_AT: '',
      }),
    );
    expect(log).toEqual({
      kind: 'kafka',
      kafka: {
        brokers: ['a:1', 'b:2'],
        clientId: 'one',
        tls: {
          caFile: null,
          certFile: null,
          keyFile: null,
          keyPassphrase: 'secret',
          serverName: 'kafka.city',
        },
        sasl: { mechanism: 'scram-sha-256', username: 'u', password: 'p' },
        compression: 'zstd',
        receivedAt: 'append',
      },
    });
    expect(
      faultsOf(
        {
          KAFKA_BROKERS: 'a:1',
          KAFKA_TLS_CA_FILE: pem,
          KAFKA_COMPRESSION: 'brotli',
          KAFKA_SASL_MECHANISM: 'md5',
          KAFKA_SASL_PASSWORD: 'p',
        },
        eventLogOf,
      ),
    ).toEqual([
      'KAFKA_SASL_MECHANISM: must be one of plain, scram-sha-256, scram-sha-512, is "md5"',
      'KAFKA_SASL_USERNAME: is missing',
      'KAFKA_COMPRESSION: must be one of none, gzip, snappy, lz4, zstd, is "brotli"',
      `KAFKA_TLS_CA_FILE: ${pem} is not PEM`,
    ]);
  });

  it('are told all at once, naming the process', () => {
    const read = () =>
      readEnvironment('The monitor', { MINGCHA_TICK_MS: '5', MINGCHA_TOPIC: 'a b' }, (reader) => [
        databaseUrlOf(reader),
        reader.whole('MINGCHA_TICK_MS', 250, [10, 60_000]),
        reader.topic('MINGCHA_TOPIC', 'x'),
      ]);
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(
      'The monitor cannot start:\n' +
        '- DATABASE_URL is not set: give it a postgres:// address.\n' +
        "- MINGCHA_TICK_MS is '5': it takes a whole number from 10 to 60000.\n" +
        "- MINGCHA_TOPIC is 'a b': a topic has 1 to 249 letters, digits, dots, underscores or hyphens.",
    );
  });
});
