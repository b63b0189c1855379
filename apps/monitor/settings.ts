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
import type { EventLogSettings } from '#streams/open-event-log.js';

/** Settings of a monitor, read from the environment once and checked; nothing else reads it. */
export interface MonitorSettings {
  readonly databaseUrl: string;
  readonly masterKey: Uint8Array | null;
  readonly eventLog: 'kafka' | 'inbox';
  readonly log: EventLogSettings;
  readonly topic: string;
  readonly groupId: string;
  readonly rulePlaces: readonly string[];
  readonly maxRecords: number;
  readonly tickEveryMs: number;
  readonly tickLimit: number;
  readonly cacheEvents: number;
  /** Where health and metrics are answered. */
  readonly host: string;
  /** 0: any free port. */
  readonly metricsPort: number;
  /** Record time instead of the clock: simulation and fault runs. */
  readonly recordTime: boolean;
  readonly city: City;
  readonly logLevel: LogLevel;
}

/** @throws SettingsError with every fault found, each naming the variable, what is wrong with it, and what it takes. */
export function readSettings(env: Env): MonitorSettings {
  return readEnvironment('The monitor', env, (reader) => {
    const log = eventLogOf(reader);
    return {
      databaseUrl: databaseUrlOf(reader),
      masterKey: masterKeyOf(reader),
      eventLog: log.kind,
      log,
      topic: eventsTopicOf(reader),
      groupId: reader.text('MINGCHA_GROUP', 'mingcha-monitor'),
      rulePlaces: rulePlacesOf(reader),
      maxRecords: reader.whole('MINGCHA_BATCH', 1_000, [1, 10_000]),
      tickEveryMs: reader.whole('MINGCHA_TICK_MS', 250, [10, 60_000]),
      tickLimit: reader.whole('MINGCHA_TICK_LIMIT', 250, [1, 5_000]),
      cacheEvents: reader.whole('MINGCHA_CACHE_EVENTS', 40_000, [0, 1_000_000]),
      host: hostOf(reader),
      metricsPort: reader.port('MINGCHA_METRICS_PORT', 0),
      recordTime: reader.flag('MINGCHA_RECORD_TIME'),
      city: cityOf(reader),
      logLevel: logLevelOf(reader),
    };
  });
}
