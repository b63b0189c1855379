import { type Env, readEnvironment } from '#settings/env-reader.js';
import {
  ALERTS_TOPIC,
  databaseUrlOf,
  eventLogOf,
  hostOf,
  type LogLevel,
  logLevelOf,
  QUARANTINE_TOPIC,
} from '#settings/shared-settings.js';
import type { EventLogSettings } from '#streams/open-event-log.js';

/** Settings of a notifier, read from the environment once and checked; nothing else reads it. */
export interface NotifierSettings {
  readonly databaseUrl: string;
  readonly log: EventLogSettings;
  readonly alertTopic: string;
  readonly quarantineTopic: string;
  /**
   * Messages that one claim takes, as a rule; messages of one instant are never cut apart. A claim costs about 0.2 s where
   * 200,000 messages wait, whatever its size, so a small one drains a backlog slowly.
   */
  readonly claimLimit: number;
  /** Pause between two looks at an empty outbox. */
  readonly pollMs: number;
  /** Where health and metrics are answered. */
  readonly host: string;
  /** 0: any free port. */
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
}

/** @throws SettingsError with every fault found. */
export function readSettings(env: Env): NotifierSettings {
  return readEnvironment('The notifier', env, (reader) => ({
    databaseUrl: databaseUrlOf(reader),
    log: eventLogOf(reader),
    alertTopic: reader.topic('MINGCHA_ALERT_TOPIC', ALERTS_TOPIC),
    quarantineTopic: reader.topic('MINGCHA_QUARANTINE_TOPIC', QUARANTINE_TOPIC),
    claimLimit: reader.whole('MINGCHA_OUTBOX_BATCH', 2_000, [1, 5_000]),
    pollMs: reader.whole('MINGCHA_OUTBOX_POLL_MS', 250, [10, 60_000]),
    host: hostOf(reader),
    metricsPort: reader.port('MINGCHA_METRICS_PORT', 0),
    logLevel: logLevelOf(reader),
  }));
}
