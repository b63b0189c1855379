import { pino } from 'pino';
import type { EventLog } from '#streams/event-log.js';
import { KafkaSettingsError } from '#streams/kafka/kafka-settings.js';
import { openEventLog } from '#streams/open-event-log.js';
import { CommandError, EXIT } from '../command.js';
import { errorText } from '../log/input-error.js';

/** Topic that monitors read unless configured otherwise. */
export const EVENTS_TOPIC = 'mingcha.events';

/** The settings of the event log, for the usage texts of commands that publish. */
export const EVENT_LOG_USAGE = `Environment: EVENT_LOG (kafka, or inbox for the Postgres inbox; default kafka where KAFKA_BROKERS is set),
KAFKA_BROKERS (host:port,…; further KAFKA_… settings as for the monitor), DATABASE_URL, MINGCHA_CITY, MINGCHA_TOPIC`;

type Env = Readonly<Record<string, string | undefined>>;

const given = (text: string | undefined): boolean => text !== undefined && text !== '';

function kindOf(env: Env): 'kafka' | 'inbox' {
  const asked = given(env.EVENT_LOG) ? env.EVENT_LOG : null;
  if (asked !== null && asked !== 'kafka' && asked !== 'inbox')
    throw new CommandError(`EVENT_LOG is '${asked}': it takes kafka or inbox`);
  const kind = asked ?? (given(env.KAFKA_BROKERS) ? 'kafka' : 'inbox');
  if (kind === 'kafka' && !given(env.KAFKA_BROKERS))
    throw new CommandError('EVENT_LOG is kafka, but KAFKA_BROKERS is not set: name host:port');
  if (kind === 'inbox' && !given(env.DATABASE_URL))
    throw new CommandError(
      asked === null
        ? 'no event log is named: set KAFKA_BROKERS, or DATABASE_URL for the Postgres inbox'
        : 'EVENT_LOG is inbox, but DATABASE_URL is not set: give it a postgres:// address',
    );
  return kind;
}

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
  const kind = kindOf(env);
  const logger = pino({ level: env.LOG_LEVEL ?? 'silent' }, pino.destination(2));
  let log: EventLog;
  try {
    log = openEventLog(kind, env, logger);
  } catch (error) {
    if (error instanceof KafkaSettingsError) throw new CommandError(error.message);
    throw error;
  }
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
