import type { City } from '#rulebook/city.js';
import { type Env, readEnvironment } from '#settings/env-reader.js';
import {
  cityOf,
  databaseUrlOf,
  eventLogOf,
  eventsTopicOf,
  hostOf,
  type LogLevel,
  logLevelOf,
  masterKeyOf,
  rulePlacesOf,
} from '#settings/shared-settings.js';
import type { KafkaSettings } from '#streams/kafka/kafka-settings.js';

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
  /** True: what is read counts as now, as the monitors have it; simulations. */
  readonly recordTime: boolean;
  /** True: the texts of audit records are served as entries of the log. They hold work secrets. */
  readonly logEntries: boolean;
  readonly logLevel: LogLevel;
}

/** @throws SettingsError with every fault found. */
export function readSettings(env: Env): ApiSettings {
  return readEnvironment('The API', env, (reader) => {
    const log = eventLogOf(reader, 'mingcha-api');
    const settings: ApiSettings = {
      databaseUrl: databaseUrlOf(reader),
      host: hostOf(reader),
      port: reader.port('MINGCHA_API_PORT', 8080),
      metricsPort: reader.port('MINGCHA_METRICS_PORT', 9464),
      masterKey: masterKeyOf(reader),
      kafka: log.kind === 'kafka' ? log.kafka : null,
      topic: eventsTopicOf(reader),
      rulePlaces: rulePlacesOf(reader),
      city: cityOf(reader),
      recordTime: reader.flag('MINGCHA_RECORD_TIME'),
      logEntries: reader.flag('MINGCHA_LOG_ENTRIES'),
      logLevel: logLevelOf(reader),
    };
    if (settings.port !== 0 && settings.port === settings.metricsPort)
      reader.faults.push(
        `MINGCHA_API_PORT and MINGCHA_METRICS_PORT are both ${settings.port}: give them different ports.`,
      );
    return settings;
  });
}
