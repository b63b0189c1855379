import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { KafkaSettingsError, readKafkaSettings } from '#streams/kafka/kafka-settings.js';
import { hasOpenssl } from './secured-broker.js';

const folder = mkdtempSync(join(tmpdir(), 'mingcha-settings-'));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(input: unknown): readonly string[] {
  try {
    readKafkaSettings(input);
    return [];
  } catch (error) {
    if (error instanceof KafkaSettingsError) return error.faults;
    throw error;
  }
}

describe('Kafka settings', () => {
  it('take brokers as list or text and fill in the rest', () => {
    expect(readKafkaSettings({ brokers: 'a:9092, b.example:9093' })).toEqual({
      brokers: ['a:9092', 'b.example:9093'],
      clientId: 'mingcha',
      tls: null,
      sasl: null,
      compression: 'lz4',
      receivedAt: 'append',
    });
    expect(readKafkaSettings({ brokers: ['[::1]:9092'], tls: true }).tls?.caFile).toBeNull();
  });

  it('read the password from a file without its line end', () => {
    const passwordFile = file('password', 's3 cret\n');
    const sasl = { mechanism: 'scram-sha-256', username: 'mingcha', passwordFile };
    expect(readKafkaSettings({ brokers: 'a:1', sasl }).sasl).toEqual({
      mechanism: 'scram-sha-256',
      username: 'mingcha',
      password: 's3 cret',
    });
  });

  it.each([
    ['nothing', null, 'kafka: must be a section of settings'],
    ['no brokers', {}, 'brokers: name at least one broker as host:port'],
    ['a broker without port', { brokers: 'a' }, 'brokers: "a" is not host:port'],
    ['a port out of range', { brokers: 'a:70000' }, 'brokers: "a:70000" is not host:port'],
    [
      'an unknown key',
      { brokers: 'a:1', broker: 'b' },
      'broker: unknown key; known are brokers, clientId, tls, sasl, compression, receivedAt',
    ],
    [
      'an unknown key of a section',
      { brokers: 'a:1', tls: { ca: 'x' } },
      'tls.ca: unknown key; known are caFile, certFile, keyFile, keyPassphrase, serverName',
    ],
    [
      'an unknown codec',
      { brokers: 'a:1', compression: 'brotli' },
      'compression: must be one of none, gzip, snappy, lz4, zstd, is "brotli"',
    ],
    [
      'no user',
      { brokers: 'a:1', sasl: { mechanism: 'scram-sha-512', password: 'x' } },
      'sasl.username: is missing',
    ],
    [
      'a mechanism that is none',
      { brokers: 'a:1', sasl: { mechanism: 'md5', username: 'u', password: 'x' } },
      'sasl.mechanism: must be one of plain, scram-sha-256, scram-sha-512, is "md5"',
    ],
    [
      'a readable password on the network',
      { brokers: '10.0.0.1:9092', sasl: { mechanism: 'plain', username: 'u', password: 'x' } },
      'sasl.mechanism: plain sends the password readable; add tls, or use scram-sha-512',
    ],
    [
      'half a pair',
      { brokers: 'a:1', tls: { certFile: '/x' } },
      'tls: certFile and keyFile belong together, only one is given',
    ],
  ])('refuse %s', (_, input, fault) => {
    expect(faultsOf(input)).toEqual([fault]);
  });

  it('name all faults at once', () => {
    expect(faultsOf({ brokers: 'a', compression: 1, sasl: {} }).length).toBe(5);
  });

  it('check the certificate files', () => {
    const text = file('text.pem', 'hello');
    expect(faultsOf({ brokers: 'a:1', tls: { caFile: join(folder, 'none.pem') } })[0]).toMatch(
      /^tls\.caFile: cannot read .*none\.pem: .*ENOENT/,
    );
    expect(faultsOf({ brokers: 'a:1', tls: { caFile: text } })).toEqual([
      `tls.caFile: ${text} is not PEM`,
    ]);
  });

  (hasOpenssl ? it : it.skip)('check that certificate and key belong together', () => {
    const make = (name: string) => {
      const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-subj',
          `/CN=${name}`,
          '-days',
          '2',
          '-keyout',
          keyFile,
          '-out',
          certFile,
        ],
        { stdio: 'ignore' },
      );
      return { certFile, keyFile };
    };
    const [one, other] = [make('one'), make('other')];
    expect(faultsOf({ brokers: 'a:1', tls: one })).toEqual([]);
    expect(faultsOf({ brokers: 'a:1', tls: { ...one, keyFile: other.keyFile } })[0]).toMatch(
      /^tls: the certificate and key cannot be used together: /,
    );
  });
});
