import { Pool } from 'pg';
import type { EventLog, LogSubscription, OutgoingRecord, SubscribeOptions } from '../event-log.js';
import type { StreamLogger } from '../stream-logger.js';
import { InboxPublisher } from './inbox-publisher.js';
import { countInboxPartitions } from './inbox-reader.js';
import { InboxSubscription, InboxTopicMissingError } from './inbox-subscription.js';

export interface InboxEventLogOptions {
  /**
   * A Postgres URL (the log then has a pool of its own), or a pool to share: each subscription holds
   * one of its connections for good and each assigned partition borrows one while it reads. Must
   * reach Postgres directly or through session pooling, since the locks belong to the session.
   */
  readonly database: string | Pool;
  readonly logger: StreamLogger;
}

/** The event log on two Postgres tables (inboxDdl), for an office that runs no Kafka. */
export class InboxEventLog implements EventLog {
  private readonly pool: Pool;
  private readonly ownsPool: boolean;
  private readonly publisher: InboxPublisher;
  private readonly partitionCounts = new Map<string, number>();
  private readonly subscriptions = new Set<LogSubscription>();

  constructor(private readonly options: InboxEventLogOptions) {
    const { database, logger } = options;
    this.ownsPool = typeof database === 'string';
    this.pool =
      typeof database === 'string'
        ? new Pool({ connectionString: database, max: 8, application_name: 'mingcha-inbox' })
        : database;
    // An idle connection that breaks would otherwise end the process; the next query opens another.
    if (this.ownsPool) {
      this.pool.on('error', (error) => logger.debug({ err: error }, 'An idle connection broke'));
    }
    this.publisher = new InboxPublisher(this.pool);
  }

  subscribe(options: SubscribeOptions): LogSubscription {
    const subscription = new InboxSubscription(this.pool, this.options.logger, options, () =>
      this.subscriptions.delete(subscription),
    );
    this.subscriptions.add(subscription);
    return subscription;
  }

  /** Rejects with InboxTopicMissingError, and with RecordRefused before anything is written. */
  async publish(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    await this.publisher.publish(topic, await this.partitions(topic), records);
  }

  /** Remembered after the first answer: the number of partitions of a topic never changes. */
  async partitions(topic: string): Promise<number> {
    const known = this.partitionCounts.get(topic);
    if (known !== undefined) return known;
    const counted = await countInboxPartitions(this.pool, topic);
    if (counted === 0) throw new InboxTopicMissingError(topic);
    this.partitionCounts.set(topic, counted);
    return counted;
  }

  /**
   * Creates those that are missing and returns their names. The number of partitions of an existing
   * topic stays: another number would send the records of one case to two partitions.
   */
  async createTopics(
    topics: readonly { readonly topic: string; readonly partitions: number }[],
  ): Promise<string[]> {
    const created: string[] = [];
    for (const { topic, partitions } of topics) {
      if (
        !/^[A-Za-z0-9._-]{1,249}$/.test(topic) ||
        !Number.isInteger(partitions) ||
        partitions < 1
      ) {
        throw new Error(
          `Inbox topic ${JSON.stringify(topic)} with ${partitions} partitions cannot be created: a name has ` +
            '1 to 249 letters, digits, dots, underscores or hyphens, and there is at least one partition.',
        );
      }
      const { rowCount } = await this.pool.query(
        `insert into inbox_partition (topic, partition)
         select $1, n from generate_series(0, $2::integer - 1) as n
         where not exists (select 1 from inbox_partition where topic = $1)
         on conflict do nothing`,
        [topic, partitions],
      );
      if ((rowCount ?? 0) > 0) created.push(topic);
    }
    return created;
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    if (this.ownsPool) await this.pool.end();
  }
}
