import { pino } from 'pino';
import type { Env } from '#settings/env-reader.js';
import { databaseUrlOf, eventLogOf, logLevelOf } from '#settings/shared-settings.js';
import type { EventLog } from '#streams/event-log.js';
import { openConfiguredLog } from '#streams/open-event-log.js';
import { CommandError, EXIT } from '../command.js';
import { commandSettings } from '../command-settings.js';
import { errorText } from '../log/input-error.js';

/** The settings of the event log, for the usage texts of commands that publish. */
export const EVENT_LOG_USAGE = `Environment: EVENT_LOG (kafka, or inbox for the Postgres inbox; default kafka where KAFKA_BROKERS is set),
KAFKA_BROKERS (host:port,…; further KAFKA_… settings as for the monitor), DATABASE_URL, MINGCHA_CITY, MINGCHA_TOPIC`;

export interface TargetLog {
  readonly kind: 'kafka' | 'inbox';
  readonly log: EventLog;
  /** Partitions of the topic: it exists and the log answers. */
  readonly partitions: number;
}

/**
 * Opens the event log that the environment names and asks it for the topic, so that what is missing is known before
 * anything is done. The caller closes the log.
 * @throws CommandError for settings that cannot be used (usage) and for a log or topic that is not there (unreachable)
 */
export async function openTargetLog(env: Env, topic: string): Promise<TargetLog> {
  const { settings, level } = commandSettings(env, (reader) => {
    const settings = eventLogOf(reader);
    if (settings.kind === 'inbox' && reader.faults.length === 0) databaseUrlOf(reader);
    return { settings, level: logLevelOf(reader, 'silent') };
  });
  const { kind } = settings;
  const log = openConfiguredLog(settings, pino({ level }, pino.destination(2)));
  try {
    return { kind, log, partitions: await log.partitions(topic) };
  } catch (error) {
    await log.close().catch(() => undefined);
    throw new CommandError(
      `the event log (${kind}) cannot be used: ${errorText(error)}. Nothing was published`,
      EXIT.unreachable,
    );
  }
}
