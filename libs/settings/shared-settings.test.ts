import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type Env, EnvReader, readEnvironment, SettingsError } from './env-reader.js';
import { databaseUrlOf, eventLogOf, hostOf, logLevelOf, masterKeyOf } from './shared-settings.js';

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

  it('take secrets from files, and say once what is wrong with one', () => {
    const url = 'postgres://u:p@db/mingcha';
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const DATABASE_URL_FILE = file('url', `${url}\n`);
    const MINGCHA_MASTER_KEY_FILE = file('key', `${'0a'.repeat(32)}\n`);
    const reader = new EnvReader({ DATABASE_URL_FILE, MINGCHA_MASTER_KEY_FILE });
    expect(databaseUrlOf(reader)).toBe(url);
    expect(eventLogOf(reader)).toEqual({ kind: 'inbox', database: url });
    expect(masterKeyOf(reader)).toEqual(new Uint8Array(32).fill(10));
    expect(reader.faults).toEqual([]);

    const both = (env: Env) =>
      faultsOf(env, (reader) => [databaseUrlOf(reader), eventLogOf(reader), masterKeyOf(reader)]);
    expect(both({ DATABASE_URL: url, DATABASE_URL_FILE })).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set: one of them is enough.',
    ]);
    expect(both({ DATABASE_URL_FILE: '/nowhere/url' })).toEqual([
      "DATABASE_URL_FILE names '/nowhere/url', which cannot be read (ENOENT).",
    ]);
    const empty = file('empty', '\n');
    expect(both({ DATABASE_URL_FILE: empty })).toEqual([
      `DATABASE_URL_FILE names '${empty}', which is empty.`,
    ]);
    const short = file('short', 'secret');
    expect(both({ DATABASE_URL: url, MINGCHA_MASTER_KEY_FILE: short })).toEqual([
      expect.stringMatching(/^MINGCHA_MASTER_KEY must be 64 hex digits/),
    ]);
  });

  it('listen on loopback, and on other addresses in a container only', () => {
    const mark = join(folder, 'containerenv');
    writeFileSync(mark, '');
    const host = (value: string, marks: string[]) => {
      const reader = new EnvReader({ MINGCHA_HOST: value });
      return [hostOf(reader, marks), ...reader.faults];
    };
    expect(host('', [mark])).toEqual(['127.0.0.1']);
    expect(host('127.0.0.1', [])).toEqual(['127.0.0.1']);
    expect(host('container', ['/nowhere', mark])).toEqual(['0.0.0.0']);
    expect(host('container', ['/nowhere'])).toEqual([
      '127.0.0.1',
      'MINGCHA_HOST is container, but this is no container: leave it unset.',
    ]);
    expect(host('0.0.0.0', [mark])).toEqual([
      '127.0.0.1',
      expect.stringMatching(/^MINGCHA_HOST is '0.0.0.0': .* on 127.0.0.1 only/),
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
