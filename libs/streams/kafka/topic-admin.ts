import kafkajs, { type Admin } from 'kafkajs';
import type { KafkaSettings } from './kafka-settings.js';

const TIME_KEY = 'message.timestamp.type';

/** The topic exists but its records do not carry the time at which the broker took them in. */
export class TopicTimeError extends Error {
  constructor(
    readonly topic: string,
    found: string,
  ) {
    super(
      `Topic ${topic} is refused: ${TIME_KEY} is ${found}, so the time of receipt would be the ` +
        `sender's word. Set it with: kafka-configs.sh --alter --entity-type topics --entity-name ${topic} ` +
        `--add-config ${TIME_KEY}=LogAppendTime. Where that is not possible, set ` +
        'KAFKA_RECEIVED_AT=first-saving.',
    );
    this.name = 'TopicTimeError';
  }
}

export class TopicMissingError extends Error {
  constructor(readonly topic: string) {
    super(`Topic ${topic} does not exist on these brokers. Create it with: mingcha admin topics.`);
    this.name = 'TopicMissingError';
  }
}

const isUnknownTopic = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION';

/** Number of partitions. Throws TopicMissingError. */
export async function countPartitions(admin: Admin, topic: string): Promise<number> {
  // Asking for all topics first: asking for one by name would create it where brokers allow that.
  if (!(await admin.listTopics()).includes(topic)) throw new TopicMissingError(topic);
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions.length ?? 0;
}

/** Throws TopicMissingError, and TopicTimeError unless the settings take the time of first saving. */
export async function checkTopic(
  admin: Admin,
  topic: string,
  receivedAt: KafkaSettings['receivedAt'],
): Promise<void> {
  await countPartitions(admin, topic);
  if (receivedAt === 'first-saving') return;
  const { resources } = await admin
    .describeConfigs({
      includeSynonyms: false,
      resources: [
        { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [TIME_KEY] },
      ],
    })
    .catch((error: unknown) => {
      if (isUnknownTopic(error)) throw new TopicMissingError(topic);
      throw error;
    });
  const found = resources[0]?.configEntries.find((entry) => entry.configName === TIME_KEY);
  if (found?.configValue !== 'LogAppendTime') {
    throw new TopicTimeError(topic, found?.configValue ?? 'not readable by this account');
  }
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  /** Default 1; -1: as many as the brokers make of a topic by default. */
  readonly replicas?: number;
  /** Default LogAppendTime; CreateTime only for trying out what is refused. */
  readonly timestampType?: 'LogAppendTime' | 'CreateTime';
  /** Largest batch, and so the largest record, bytes; default 16 MiB. */
  readonly maxMessageBytes?: number;
  readonly retentionMs?: number;
}

/** Creates those of the topics that do not exist and returns their names; existing ones stay as they are. */
export async function createMissingTopics(
  admin: Admin,
  topics: readonly NewTopic[],
): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ topic }) => !existing.has(topic));
  if (missing.length === 0) return [];
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({
      topic: topic.topic,
      numPartitions: topic.partitions,
      replicationFactor: topic.replicas ?? 1,
      configEntries: [
        { name: TIME_KEY, value: topic.timestampType ?? 'LogAppendTime' },
        { name: 'max.message.bytes', value: String(topic.maxMessageBytes ?? 16 * 1024 * 1024) },
        { name: 'retention.ms', value: String(topic.retentionMs ?? -1) },
      ],
    })),
  });
  return missing.map(({ topic }) => topic);
}

/** A topic as the brokers have it. */
export interface TopicState {
  readonly topic: string;
  readonly partitions: number;
  readonly replicas: number;
  /** Null: this account may not read it. */
  readonly timestampType: string | null;
  readonly cleanupPolicy: string | null;
  readonly maxMessageBytes: number | null;
  /** -1: for ever. */
  readonly retentionMs: number | null;
}

const READ_KEYS = [TIME_KEY, 'cleanup.policy', 'max.message.bytes', 'retention.ms'];

/** Those of the topics that exist. */
export async function describeTopics(
  admin: Admin,
  names: readonly string[],
): Promise<TopicState[]> {
  const existing = new Set(await admin.listTopics());
  const topics = names.filter((name) => existing.has(name));
  if (topics.length === 0) return [];
  const metadata = await admin.fetchTopicMetadata({ topics });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: READ_KEYS,
    })),
  });
  return topics.map((topic) => {
    const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
    const entries = resources.find(({ resourceName }) => resourceName === topic)?.configEntries;
    const value = (key: string) =>
      entries?.find(({ configName }) => configName === key)?.configValue ?? null;
    const number = (key: string) => (value(key) === null ? null : Number(value(key)));
    return {
      topic,
      partitions: partitions.length,
      replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      timestampType: value(TIME_KEY),
      cleanupPolicy: value('cleanup.policy'),
      maxMessageBytes: number('max.message.bytes'),
      retentionMs: number('retention.ms'),
    };
  });
}
