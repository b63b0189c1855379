import { ANY_CITY, type City, readCity } from '#rulebook/city.js';
import { packFolder } from '#rulebook/load-rules.js';
import { masterKeyFrom } from '#store/writer.js';
import {
  type KafkaSettings,
  KafkaSettingsError,
  readKafkaSettings,
} from '#streams/kafka/kafka-settings.js';

/** Settings of the API, read from the environment once and checked; nothing else reads it. */
export interface ApiSettings {
  readonly databaseUrl: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly metricsPort: number;
  readonly masterKey: Uint8Array | null;
  /** Null: the Postgres inbox. */
  readonly kafka: KafkaSettings | null;
  readonly topic: string;
  readonly rulePlaces: readonly string[];
  readonly city: City;
  readonly logLevel: string;
}

/** Every fault of the environment at once, each naming the variable and what it takes. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The API cannot start:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

export type Env = Readonly<Record<string, string | undefined>>;

const LOOPBACK = '127.0.0.1';
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

class EnvReader {
  readonly faults: string[] = [];

  constructor(private readonly env: Env) {}

  text(name: string, otherwise: string): string {
    const value = this.env[name];
    return value === undefined || value === '' ? otherwise : value;
  }

  choice(name: string, values: readonly string[], otherwise: string): string {
    const value = this.text(name, otherwise);
    if (!values.includes(value))
      this.faults.push(`${name} is '${value}': it takes ${values.join(', ')}.`);
    return value;
  }

  port(name: string, otherwise: number): number {
    const text = this.text(name, String(otherwise));
    const value = Number(text);
    if (!/^\d{1,5}$/.test(text) || value > 65_535)
      this.faults.push(`${name} is '${text}': it takes a port from 0 (any free one) to 65535.`);
    return value;
  }

  attempt<T>(name: string, read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof KafkaSettingsError) this.faults.push(...error.faults);
      else this.faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return otherwise;
    }
  }
}

function databaseUrlOf(reader: EnvReader): string {
  const url = reader.text('DATABASE_URL', '');
  if (url === '') reader.faults.push('DATABASE_URL is not set: give it a postgres:// address.');
  else if (!/^postgres(ql)?:\/\//.test(url))
    reader.faults.push('DATABASE_URL is not a postgres:// address.');
  return url;
}

/** Until access control lands, whoever reaches the port sees everything: so nobody but this machine may. */
function hostOf(reader: EnvReader): string {
  const host = reader.text('MINGCHA_HOST', LOOPBACK);
  if (host !== LOOPBACK)
    reader.faults.push(
      `MINGCHA_HOST is '${host}': the API has no access control yet and listens on ${LOOPBACK} only. ` +
        'Leave MINGCHA_HOST unset; to reach it from elsewhere, use a tunnel that you control.',
    );
  return LOOPBACK;
}

function kafkaOf(reader: EnvReader): KafkaSettings | null {
  const brokers = reader.text('KAFKA_BROKERS', '');
  const kind = reader.choice('EVENT_LOG', ['kafka', 'inbox'], brokers === '' ? 'inbox' : 'kafka');
  if (kind !== 'kafka') return null;
  if (brokers === '') {
    reader.faults.push(
      'KAFKA_BROKERS is not set: name host:port, or use the Postgres inbox with EVENT_LOG=inbox.',
    );
    return null;
  }
  const optional = (entries: Record<string, string>) => {
    const given = Object.entries(entries).flatMap(([key, name]) => {
      const value = reader.text(name, '');
      return value === '' ? [] : [[key, value] as const];
    });
    return given.length === 0 ? null : Object.fromEntries(given);
  };
  const tls = optional({
    caFile: 'KAFKA_TLS_CA_FILE',
    certFile: 'KAFKA_TLS_CERT_FILE',
    keyFile: 'KAFKA_TLS_KEY_FILE',
    keyPassphrase: 'KAFKA_TLS_KEY_PASSPHRASE',
    serverName: 'KAFKA_TLS_SERVER_NAME',
  });
  const sasl = optional({
    mechanism: 'KAFKA_SASL_MECHANISM',
    username: 'KAFKA_SASL_USERNAME',
    password: 'KAFKA_SASL_PASSWORD',
    passwordFile: 'KAFKA_SASL_PASSWORD_FILE',
  });
  return reader.attempt(
    'KAFKA_BROKERS',
    () =>
      readKafkaSettings({
        brokers,
        clientId: reader.text('KAFKA_CLIENT_ID', 'mingcha-api'),
        tls: tls ?? (reader.text('KAFKA_TLS', '') === 'true' ? true : null),
        sasl,
      }),
    null,
  );
}

/** @throws SettingsError with every fault found. */
export function readSettings(env: Env): ApiSettings {
  const reader = new EnvReader(env);
  const city = reader.text('MINGCHA_CITY', '');
  const settings: ApiSettings = {
    databaseUrl: databaseUrlOf(reader),
    host: hostOf(reader),
    port: reader.port('MINGCHA_API_PORT', 8080),
    metricsPort: reader.port('MINGCHA_METRICS_PORT', 9464),
    masterKey: reader.attempt(
      'MINGCHA_MASTER_KEY',
      () => masterKeyFrom(env.MINGCHA_MASTER_KEY),
      null,
    ),
    kafka: kafkaOf(reader),
    topic: reader.text('MINGCHA_TOPIC', 'mingcha.events'),
    rulePlaces: reader.text('MINGCHA_RULES', packFolder('approval')).split(':'),
    city: reader.attempt('MINGCHA_CITY', () => (city === '' ? ANY_CITY : readCity(city)), ANY_CITY),
    logLevel: reader.choice('MINGCHA_LOG_LEVEL', LOG_LEVELS, 'info'),
  };
  if (settings.port !== 0 && settings.port === settings.metricsPort)
    reader.faults.push(
      `MINGCHA_API_PORT and MINGCHA_METRICS_PORT are both ${settings.port}: give them different ports.`,
    );
  if (reader.faults.length > 0) throw new SettingsError(reader.faults);
  return settings;
}
