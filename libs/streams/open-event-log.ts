import type { EventLog } from './event-log.js';
import { InboxEventLog } from './inbox/inbox-event-log.js';
import { KafkaEventLog } from './kafka/kafka-event-log.js';
import { type KafkaSettings, readKafkaSettings } from './kafka/kafka-settings.js';
import type { StreamLogger } from './stream-logger.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Kafka settings from the environment: KAFKA_BROKERS (host:port, comma-separated), KAFKA_CLIENT_ID, KAFKA_COMPRESSION,
 * KAFKA_RECEIVED_AT, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or …_PASSWORD_FILE,
 * KAFKA_TLS (true), KAFKA_TLS_CA_FILE, …_CERT_FILE, …_KEY_FILE, …_SERVER_NAME.
 * @throws KafkaSettingsError with every fault found.
 */
export function kafkaSettingsFrom(env: Env): KafkaSettings {
  const given = (entries: Record<string, string | undefined>) =>
    Object.fromEntries(
      Object.entries(entries).filter(([, value]) => value !== undefined && value !== ''),
    );
  const tls = given({
    caFile: env.KAFKA_TLS_CA_FILE,
    certFile: env.KAFKA_TLS_CERT_FILE,
    keyFile: env.KAFKA_TLS_KEY_FILE,
    serverName: env.KAFKA_TLS_SERVER_NAME,
  });
  const sasl = given({
    mechanism: env.KAFKA_SASL_MECHANISM,
    username: env.KAFKA_SASL_USERNAME,
    password: env.KAFKA_SASL_PASSWORD,
    passwordFile: env.KAFKA_SASL_PASSWORD_FILE,
  });
  return readKafkaSettings({
    brokers: (env.KAFKA_BROKERS ?? '').split(',').filter((broker) => broker !== ''),
    ...given({
      clientId: env.KAFKA_CLIENT_ID,
      compression: env.KAFKA_COMPRESSION,
      receivedAt: env.KAFKA_RECEIVED_AT,
    }),
    ...(env.KAFKA_TLS === 'true' || Object.keys(tls).length > 0 ? { tls } : {}),
    ...(Object.keys(sasl).length > 0 ? { sasl } : {}),
  });
}

/** The event log that the environment names: Kafka, or the Postgres inbox. Connects when first used. */
export function openEventLog(
  kind: 'kafka' | 'inbox',
  env: Env,
  logger: StreamLogger,
): EventLog & { readonly kind: 'kafka' | 'inbox' } {
  const log =
    kind === 'kafka'
      ? new KafkaEventLog({ settings: kafkaSettingsFrom(env), logger })
      : new InboxEventLog({ database: env.DATABASE_URL ?? '', logger });
  return Object.assign(log, { kind });
}
