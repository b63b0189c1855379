import { pino } from 'pino';
import type { EnvReader } from '#settings/env-reader.js';
import {
  ALERTS_TOPIC,
  databaseUrlOf,
  eventLogOf,
  eventsTopicOf,
  logLevelOf,
  QUARANTINE_TOPIC,
} from '#settings/shared-settings.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { InboxTopicMissingError } from '#streams/inbox/inbox-subscription.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import type { KafkaSettings } from '#streams/kafka/kafka-settings.js';
import type { TopicState } from '#streams/kafka/topic-admin.js';
import type { StreamLogger } from '#streams/stream-logger.js';
import { CommandError, EXIT, readOptions, wholeNumber } from '../command.js';
import { commandSettings } from '../command-settings.js';
import { errorText } from '../log/input-error.js';

const DEFAULT_PARTITIONS = 8;
/** Largest body that the API takes: a record that came in by it has to fit into the topic. */
const LARGEST_RECORD = 5 * 1024 * 1024;

interface Wanted {
  readonly topics: readonly string[];
  /** The topic whose time of receipt counts. */
  readonly input: string;
  /** Null: eight for a topic that is made, any for one that exists. */
  readonly partitions: number | null;
  readonly replicas: number | null;
}

/** What was found or done for one topic. */
interface TopicOutcome {
  readonly topic: string;
  readonly outcome: 'made' | 'exists' | 'wrong';
  readonly partitions: number;
  /** What is wrong and how to change it; empty unless `wrong`. */
  readonly faults: readonly string[];
  /** What works, but may not be what is wanted. */
  readonly notes: readonly string[];
}

/** `mingcha admin topics`: prints one JSON line for each topic; exit code 1 where one is wrong. */
export async function makeTopics(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    partitions: { type: 'string' },
    replicas: { type: 'string' },
  });
  const number = (text: string | undefined, name: string, most: number) =>
    text === undefined ? null : wholeNumber(text, name, { least: 1, most, otherwise: 1 });
  const partitions = number(values.partitions, 'partitions', 1_000);
  const replicas = number(values.replicas, 'replicas', 10);
  const settings = commandSettings(process.env, settingsOf);
  const input = settings.topics[0] as string;
  const wanted: Wanted = { topics: settings.topics, input, partitions, replicas };
  const logger = pino({ level: settings.level }, pino.destination(2));
  const { log } = settings;
  const outcomes =
    log.kind === 'kafka'
      ? await inKafka(wanted, log.kafka, logger)
      : await inInbox(wanted, log.database, logger);
  for (const one of outcomes) process.stdout.write(`${JSON.stringify({ ...one, in: log.kind })}\n`);
  const wrong = outcomes.flatMap(({ faults }) => faults);
  for (const fault of wrong) process.stderr.write(`${fault}\n`);
  return wrong.length === 0 ? EXIT.ok : EXIT.failed;
}

function settingsOf(reader: EnvReader) {
  const log = eventLogOf(reader);
  if (log.kind === 'inbox' && reader.faults.length === 0) databaseUrlOf(reader);
  const topics = [
    eventsTopicOf(reader),
    reader.topic('MINGCHA_ALERT_TOPIC', ALERTS_TOPIC),
    reader.topic('MINGCHA_QUARANTINE_TOPIC', QUARANTINE_TOPIC),
  ];
  if (new Set(topics).size < topics.length)
    reader.faults.push(
      'MINGCHA_TOPIC, MINGCHA_ALERT_TOPIC and MINGCHA_QUARANTINE_TOPIC have to differ.',
    );
  return { log, topics, level: logLevelOf(reader, 'silent') };
}

async function inKafka(
  wanted: Wanted,
  settings: KafkaSettings,
  logger: StreamLogger,
): Promise<TopicOutcome[]> {
  const log = new KafkaEventLog({ settings, logger });
  try {
    const made = await log.createTopics(
      wanted.topics.map((topic) => ({
        topic,
        partitions: wanted.partitions ?? DEFAULT_PARTITIONS,
        replicas: wanted.replicas ?? -1,
      })),
    );
    const states = await log.describeTopics(wanted.topics);
    return states.map((state) => judge(state, made.includes(state.topic), { wanted, settings }));
  } catch (error) {
    throw unusable('Kafka', error);
  } finally {
    await log.close();
  }
}

function judge(
  state: TopicState,
  isNew: boolean,
  { wanted, settings }: { wanted: Wanted; settings: KafkaSettings },
): TopicOutcome {
  const { topic, partitions, replicas } = state;
  const faults: string[] = [];
  const notes: string[] = [];
  const alter = (entry: string) =>
    `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${entry}`;
  if (topic === wanted.input) {
    if (settings.receivedAt === 'append' && state.timestampType !== 'LogAppendTime')
      faults.push(
        `${topic}: message.timestamp.type is ${state.timestampType ?? 'not readable by this account'}, so the time of ` +
          `receipt would be the sender's word. Change it: ${alter('message.timestamp.type=LogAppendTime')}. Where ` +
          'that is not possible, set KAFKA_RECEIVED_AT=first-saving',
      );
    if (state.cleanupPolicy?.includes('compact') === true)
      faults.push(
        `${topic}: cleanup.policy is ${state.cleanupPolicy}, so events of a case would be deleted by later ones. ` +
          `Change it: ${alter('cleanup.policy=delete')}`,
      );
    if (state.retentionMs !== null && state.retentionMs >= 0)
      notes.push(
        `${topic}: records are deleted after ${Math.round(state.retentionMs / 3_600_000)} hours (retention.ms), read ` +
          'or not; keep them longer than your oldest backup',
      );
  }
  if (wanted.partitions !== null && partitions !== wanted.partitions)
    faults.push(otherNumber(topic, partitions, wanted.partitions));
  if (state.maxMessageBytes !== null && state.maxMessageBytes < LARGEST_RECORD)
    notes.push(
      `${topic}: records above ${state.maxMessageBytes} bytes are refused (max.message.bytes); the API takes ` +
        `${LARGEST_RECORD}: ${alter(`max.message.bytes=${16 * 1024 * 1024}`)}`,
    );
  if (wanted.replicas !== null && replicas !== wanted.replicas)
    notes.push(`${topic}: has ${replicas} replicas, not ${wanted.replicas}`);
  if (replicas === 1)
    notes.push(`${topic}: one replica: what its broker loses is lost. With several brokers, use 3`);
  const outcome = faults.length > 0 ? 'wrong' : isNew ? 'made' : 'exists';
  return { topic, outcome, partitions, faults, notes };
}

function otherNumber(topic: string, found: number, wanted: number): string {
  return (
    `${topic}: has ${found} partitions, not ${wanted}. The number is never changed, since records of one case would ` +
    'then lie in two partitions: leave --partitions out, or use a new topic'
  );
}

async function inInbox(
  wanted: Wanted,
  database: string,
  logger: StreamLogger,
): Promise<TopicOutcome[]> {
  const log = new InboxEventLog({ database, logger });
  const count = async (topic: string) => {
    try {
      return await log.partitions(topic);
    } catch (error) {
      if (error instanceof InboxTopicMissingError) return null;
      throw error;
    }
  };
  try {
    const outcomes: TopicOutcome[] = [];
    for (const topic of wanted.topics) {
      const found = await count(topic);
      const partitions = found ?? wanted.partitions ?? DEFAULT_PARTITIONS;
      if (found === null) await log.createTopics([{ topic, partitions }]);
      const isOther = wanted.partitions !== null && partitions !== wanted.partitions;
      const faults = isOther ? [otherNumber(topic, partitions, wanted.partitions ?? 0)] : [];
      const outcome = isOther ? 'wrong' : found === null ? 'made' : 'exists';
      outcomes.push({ topic, outcome, partitions, faults, notes: [] });
    }
    return outcomes;
  } catch (error) {
    throw unusable('the Postgres inbox', error);
  } finally {
    await log.close();
  }
}

function unusable(log: string, error: unknown): CommandError {
  const isUnmigrated = error instanceof Error && 'code' in error && error.code === '42P01';
  const advice = isUnmigrated
    ? 'Run mingcha admin migrate first'
    : 'What is there stays; run the same command again when the cause is removed';
  return new CommandError(
    `${log} cannot be used: ${errorText(error).replace(/\.$/, '')}. ${advice}`,
    EXIT.unreachable,
  );
}
