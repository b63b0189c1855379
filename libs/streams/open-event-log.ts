import type { EventLog } from './event-log.js';
import { InboxEventLog } from './inbox/inbox-event-log.js';
import { KafkaEventLog } from './kafka/kafka-event-log.js';
import {
  type KafkaSettings,
  KafkaSettingsError,
  readKafkaSettings,
} from './kafka/kafka-settings.js';
import type { StreamLogger } from './stream-logger.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Which log, and how to reach it. */
export type EventLogSettings =
  | { readonly kind: 'kafka'; readonly kafka: KafkaSettings }
  | { readonly kind: 'inbox'; readonly database: string };

/** Keys of the Kafka settings by the variable that sets them. */
const VARIABLES: Readonly<Record<string, string>> = {
  brokers: 'KAFKA_BROKERS',
  clientId: 'KAFKA_CLIENT_ID',
  compression: 'KAFKA_COMPRESSION',
  receivedAt: 'KAFKA_RECEIVED_AT',
  'tls.caFile': 'KAFKA_TLS_CA_FILE',
  'tls.certFile': 'KAFKA_TLS_CERT_FILE',
  'tls.keyFile': 'KAFKA_TLS_KEY_FILE',
  'tls.keyPassphrase': 'KAFKA_TLS_KEY_PASSPHRASE',
  'tls.serverName': 'KAFKA_TLS_SERVER_NAME',
  'sasl.mechanism': 'KAFKA_SASL_MECHANISM',
  'sasl.username': 'KAFKA_SASL_USERNAME',
  'sasl.password': 'KAFKA_SASL_PASSWORD',
  'sasl.passwordFile': 'KAFKA_SASL_PASSWORD_FILE',
  tls: 'KAFKA_TLS_…',
  sasl: 'KAFKA_SASL_…',
};

/**
 * Kafka settings from the environment: KAFKA_BROKERS (host:port, comma-separated), KAFKA_TLS (true), and one variable
 * for every other key; a variable that is empty counts as not set.
 * @throws KafkaSettingsError with every fault found, each named by its variable.
 */
export function kafkaSettingsFrom(env: Env): KafkaSettings {
  const section = (prefix: string) =>
    Object.fromEntries(
      Object.entries(VARIABLES).flatMap(([key, name]) => {
        const value = env[name];
        const inside = key.startsWith(prefix) && !key.slice(prefix.length).includes('.');
        return inside && value !== undefined && value !== ''
          ? [[key.slice(prefix.length), value]]
          : [];
      }),
    );
  const [tls, sasl] = [section('tls.'), section('sasl.')];
  try {
    return readKafkaSettings({
      ...section(''),
      brokers: (env.KAFKA_BROKERS ?? '')
        .split(',')
        .map((broker) => broker.trim())
        .filter((broker) => broker !== ''),
      ...(env.KAFKA_TLS === 'true' || Object.keys(tls).length > 0 ? { tls } : {}),
      ...(Object.keys(sasl).length > 0 ? { sasl } : {}),
    });
  } catch (error) {
    if (!(error instanceof KafkaSettingsError)) throw error;
    throw new KafkaSettingsError(error.faults.map(byVariable));
  }
}

/** `tls.caFile: cannot read …` -> `KAFKA_TLS_CA_FILE: cannot read …`. */
function byVariable(fault: string): string {
  const key = fault.slice(0, fault.indexOf(':'));
  const name = VARIABLES[key];
  return name === undefined ? fault : `${name}${fault.slice(key.length)}`;
}

/** The event log that the settings name. Connects when first used. */
export function openConfiguredLog(settings: EventLogSettings, logger: StreamLogger): EventLog {
  return settings.kind === 'kafka'
    ? new KafkaEventLog({ settings: settings.kafka, logger })
    : new InboxEventLog({ database: settings.database, logger });
}

/** The event log that the environment names: Kafka, or the Postgres inbox. Connects when first used. */
export function openEventLog(
  kind: 'kafka' | 'inbox',
  env: Env,
  logger: StreamLogger,
): EventLog & { readonly kind: 'kafka' | 'inbox' } {
  const settings: EventLogSettings =
    kind === 'kafka'
      ? { kind, kafka: kafkaSettingsFrom(env) }
      : { kind, database: env.DATABASE_URL ?? '' };
  return Object.assign(openConfiguredLog(settings, logger), { kind });
}
