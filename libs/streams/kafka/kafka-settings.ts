import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { KafkaConfig, SASLOptions } from 'kafkajs';
import type { Compression } from './codecs.js';

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Settings as configured; every `…File` is a path to a PEM or text file. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls: {
    readonly caFile: string | null;
    readonly certFile: string | null;
    readonly keyFile: string | null;
    readonly keyPassphrase: string | null;
    readonly serverName: string | null;
  } | null;
  readonly sasl: {
    readonly mechanism: (typeof MECHANISMS)[number];
    readonly username: string;
    readonly password: string;
  } | null;
  /** Of what we publish. What we read may come in any. */
  readonly compression: Compression;
  /**
   * `append`: a topic that does not stamp records with the broker's append time is refused.
   * `first-saving`: any topic is read, `appendedAt` is null, and the reader takes the time of saving.
   */
  readonly receivedAt: 'append' | 'first-saving';
}

/** Every fault of the settings at once, one line each, each naming the key and what to do. */
export class KafkaSettingsError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`Kafka settings cannot be used:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'KafkaSettingsError';
  }
}

/** Reads one level of the settings and notes every fault instead of stopping at the first. */
class SettingsReader {
  constructor(
    private readonly faults: string[],
    private readonly path: string,
    private readonly values: Readonly<Record<string, unknown>>,
    known: readonly string[],
  ) {
    for (const key of Object.keys(values)) {
      if (!known.includes(key))
        faults.push(`${path}${key}: unknown key; known are ${known.join(', ')}`);
    }
  }

  text(key: string): string | null {
    const value = this.values[key];
    if (value === undefined || value === null) return null;
    if (typeof value === 'string' && value !== '') return value;
    this.faults.push(`${this.path}${key}: must be a text that is not empty`);
    return null;
  }

  required(key: string): string {
    const value = this.text(key);
    if (value === null && (this.values[key] === undefined || this.values[key] === null)) {
      this.faults.push(`${this.path}${key}: is missing`);
    }
    return value ?? '';
  }

  choice<T extends string>(key: string, choices: readonly T[], fallback: T): T {
    const value = this.values[key];
    if (value === undefined || value === null) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) {
      this.faults.push(
        `${this.path}${key}: must be one of ${choices.join(', ')}, is ${JSON.stringify(value)}`,
      );
    }
    return found ?? fallback;
  }

  section(key: string, known: readonly string[]): SettingsReader | null {
    const value = this.values[key];
    if (value === undefined || value === null || value === false) return null;
    const values = value === true ? {} : value;
    if (typeof values !== 'object' || Array.isArray(values)) {
      this.faults.push(`${this.path}${key}: must be a section of settings`);
      return null;
    }
    const entries = values as Readonly<Record<string, unknown>>;
    return new SettingsReader(this.faults, `${this.path}${key}.`, entries, known);
  }
}

function readBrokers(faults: string[], value: unknown): string[] {
  const list = typeof value === 'string' ? value.split(',').map((broker) => broker.trim()) : value;
  if (!Array.isArray(list) || list.length === 0 || list.some((broker) => broker === '')) {
    faults.push('brokers: name at least one broker as host:port');
    return [];
  }
  for (const broker of list) {
    const port = /^(?:\[[0-9a-fA-F:]+\]|[^\s:/]+):(\d{1,5})$/.exec(String(broker))?.[1];
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
      faults.push(`brokers: ${JSON.stringify(broker)} is not host:port`);
    }
  }
  return list.map(String);
}

const isLoopback = (broker: string): boolean => {
  const host = broker.replace(/:\d+$/, '');
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
};

function readPassword(faults: string[], sasl: SettingsReader): string {
  const file = sasl.text('passwordFile');
  if (file === null) return sasl.required('password');
  if (sasl.text('password') !== null)
    faults.push('sasl: give either password or passwordFile, not both');
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    faults.push(`sasl.passwordFile: cannot read ${file}: ${messageOf(error)}`);
    return '';
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/**
 * Checks the `kafka` part of a configuration. Throws KafkaSettingsError with every fault found:
 * unknown keys, brokers that are not host:port, certificate files that cannot be read or do not
 * belong together, a password that would travel in the clear.
 */
export function readKafkaSettings(input: unknown): KafkaSettings {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new KafkaSettingsError(['kafka: must be a section of settings']);
  }
  const faults: string[] = [];
  const values = input as Readonly<Record<string, unknown>>;
  const top = new SettingsReader(faults, '', values, [
    'brokers',
    'clientId',
    'tls',
    'sasl',
    'compression',
    'receivedAt',
  ]);
  const brokers = readBrokers(faults, values.brokers);
  const tls = top.section('tls', ['caFile', 'certFile', 'keyFile', 'keyPassphrase', 'serverName']);
  const sasl = top.section('sasl', ['mechanism', 'username', 'password', 'passwordFile']);
  if (sasl !== null) sasl.required('mechanism');
  const settings: KafkaSettings = {
    brokers,
    clientId: top.text('clientId') ?? 'mingcha',
    tls: tls && {
      caFile: tls.text('caFile'),
      certFile: tls.text('certFile'),
      keyFile: tls.text('keyFile'),
      keyPassphrase: tls.text('keyPassphrase'),
      serverName: tls.text('serverName'),
    },
    sasl: sasl && {
      mechanism: sasl.choice('mechanism', MECHANISMS, 'scram-sha-512'),
      username: sasl.required('username'),
      password: readPassword(faults, sasl),
    },
    compression: top.choice('compression', COMPRESSIONS, 'lz4'),
    receivedAt: top.choice('receivedAt', ['append', 'first-saving'] as const, 'append'),
  };
  if (settings.sasl?.mechanism === 'plain' && settings.tls === null && !brokers.every(isLoopback)) {
    faults.push('sasl.mechanism: plain sends the password readable; add tls, or use scram-sha-512');
  }
  faults.push(...tlsFaults(settings.tls));
  if (faults.length > 0) throw new KafkaSettingsError(faults);
  return settings;
}

function tlsFaults(tls: KafkaSettings['tls']): string[] {
  if (tls === null) return [];
  if ((tls.certFile === null) !== (tls.keyFile === null)) {
    return ['tls: certFile and keyFile belong together, only one is given'];
  }
  const faults: string[] = [];
  for (const key of ['caFile', 'certFile', 'keyFile'] as const) {
    const file = tls[key];
    if (file === null) continue;
    try {
      if (!readFileSync(file, 'latin1').includes('-----BEGIN '))
        faults.push(`tls.${key}: ${file} is not PEM`);
    } catch (error) {
      faults.push(`tls.${key}: cannot read ${file}: ${messageOf(error)}`);
    }
  }
  if (faults.length > 0) return faults;
  try {
    createSecureContext(tlsOptions(tls));
  } catch (error) {
    faults.push(`tls: the certificate and key cannot be used together: ${messageOf(error)}`);
  }
  return faults;
}

const read = (file: string | null): string | undefined =>
  file === null ? undefined : readFileSync(file, 'utf8');

const tlsOptions = (tls: NonNullable<KafkaSettings['tls']>) => ({
  ca: read(tls.caFile),
  cert: read(tls.certFile),
  key: read(tls.keyFile),
  passphrase: tls.keyPassphrase ?? undefined,
  servername: tls.serverName ?? undefined,
});

/** What kafkajs needs to connect. Reads the certificate files again, so a restart takes renewed ones. */
export function connectionOptions(settings: KafkaSettings): KafkaConfig {
  return {
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ...(settings.tls === null ? {} : { ssl: tlsOptions(settings.tls) }),
    ...(settings.sasl === null ? {} : { sasl: settings.sasl as SASLOptions }),
    connectionTimeout: 5_000,
    authenticationTimeout: 10_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 200, maxRetryTime: 3_000, retries: 4 },
  };
}
