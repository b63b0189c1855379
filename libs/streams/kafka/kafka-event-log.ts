import kafkajs, { type Kafka } from 'kafkajs';
import type { EventLog, LogSubscription, OutgoingRecord, SubscribeOptions } from '../event-log.js';
import type { StreamLogger } from '../stream-logger.js';
import { AdminSession } from './admin-session.js';
import { registerCodecs } from './codecs.js';
import { bridgeKafkaLog } from './kafka-log-bridge.js';
import { KafkaPublisher } from './kafka-publisher.js';
import { connectionOptions, type KafkaSettings } from './kafka-settings.js';
import { KafkaSubscription } from './kafka-subscription.js';
import {
  countPartitions,
  createMissingTopics,
  describeTopics,
  type NewTopic,
  type TopicState,
} from './topic-admin.js';

export interface KafkaEventLogOptions {
  readonly settings: KafkaSettings;
  readonly logger: StreamLogger;
  /** After this long without a heartbeat the group gives our partitions to others, ms; default 15,000, at least 6,000. */
  readonly sessionTimeoutMs?: number;
}

/** The event log on Apache Kafka (0.11 and later, tried with 4.x). Connects when first used. */
export class KafkaEventLog implements EventLog {
  private readonly kafka: Kafka;
  private readonly admin: AdminSession;
  private readonly publisher: KafkaPublisher;
  private readonly subscriptions = new Set<LogSubscription>();

  constructor(private readonly options: KafkaEventLogOptions) {
    registerCodecs();
    const { settings, logger } = options;
    this.kafka = new kafkajs.Kafka({
      ...connectionOptions(settings),
      logLevel: kafkajs.logLevel.INFO,
      logCreator: bridgeKafkaLog(logger),
    });
    this.admin = new AdminSession(this.kafka);
    this.publisher = new KafkaPublisher(this.kafka, settings.compression, logger);
  }

  subscribe(options: SubscribeOptions): LogSubscription {
    const { logger, settings, sessionTimeoutMs = 15_000 } = this.options;
    const subscription = new KafkaSubscription(
      {
        kafka: this.kafka,
        admin: this.admin,
        logger,
        receivedAt: settings.receivedAt,
        sessionTimeoutMs,
      },
      options,
      () => this.subscriptions.delete(subscription),
    );
    this.subscriptions.add(subscription);
    return subscription;
  }

  publish(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    return this.publisher.publish(topic, records);
  }

  partitions(topic: string): Promise<number> {
    return this.admin.use((admin) => countPartitions(admin, topic));
  }

  /** Creates those that are missing and returns their names. */
  createTopics(topics: readonly NewTopic[]): Promise<string[]> {
    return this.admin.use((admin) => createMissingTopics(admin, topics));
  }

  /** Those of the topics that exist, as the brokers have them. */
  describeTopics(names: readonly string[]): Promise<TopicState[]> {
    return this.admin.use((admin) => describeTopics(admin, names));
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await Promise.all([this.publisher.close(), this.admin.close()]);
  }
}
