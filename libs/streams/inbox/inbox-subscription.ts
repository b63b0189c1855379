import type { Pool, PoolClient } from 'pg';
import type { SubscribeOptions } from '../event-log.js';
import type { PartitionLane } from '../partition-lane.js';
import { type LogEnds, PartitionedSubscription } from '../partitioned-subscription.js';
import { pause } from '../retry-pause.js';
import type { StreamLogger } from '../stream-logger.js';
import { INBOX_CHANNEL } from './inbox-ddl.js';
import { InboxFeeder } from './inbox-feeder.js';
import { InboxGroup } from './inbox-group.js';
import { countInboxPartitions, readBounds, readEnds } from './inbox-reader.js';

export class InboxTopicMissingError extends Error {
  constructor(readonly topic: string) {
    super(`Inbox topic ${topic} does not exist. Create it with: mingcha admin topics.`);
    this.name = 'InboxTopicMissingError';
  }
}

/** Longest sleep of a feeder that nobody wakes; the session's poll wakes it earlier. */
const FEEDER_SLEEP_MS = 10_000;
const LOCK_NOT_AVAILABLE = '55P03';

const isLockTimeout = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE;

/**
 * Member of a group on the inbox. One database session of its own carries the group's locks and
 * LISTEN; records are read through the pool. When the session is lost all partitions are given up
 * at once, since another member may already hold them.
 */
export class InboxSubscription extends PartitionedSubscription {
  private readonly feeders = new Map<number, InboxFeeder>();

  constructor(
    private readonly pool: Pool,
    logger: StreamLogger,
    options: SubscribeOptions,
    onClosed: () => void,
  ) {
    super(options, logger, { name: 'The inbox database', onClosed });
  }

  protected judge(error: unknown): 'topic-missing' | 'unreachable' {
    return error instanceof InboxTopicMissingError ? 'topic-missing' : 'unreachable';
  }

  protected async consumeOnce(): Promise<void> {
    const { groupId, topic, watermarkEveryMs = 1_000, maxWaitMs = 1_000 } = this.options;
    const client = await this.pool.connect();
    const lost = new AbortController();
    const onLost = (): void => lost.abort();
    client.on('error', onLost);
    client.on('end', onLost);
    client.on('notification', ({ payload }) => this.wakeFor(payload ?? ''));
    try {
      await client.query(`set lock_timeout = '2s'`);
      await client.query(`listen ${INBOX_CHANNEL}`);
      const group = new InboxGroup(client, groupId, topic);
      await group.join();
      const signal = AbortSignal.any([lost.signal, this.stop.signal]);
      while (!signal.aborted) {
        await this.balance(group);
        await this.moveEnds(client);
        this.outage.end();
        await pause(Math.min(watermarkEveryMs, maxWaitMs), signal);
      }
      if (!this.stop.signal.aborted) throw new Error('the database session was lost');
    } finally {
      this.takeAway(this.assignedPartitions());
      for (const feeder of this.feeders.values()) feeder.wake();
      this.feeders.clear();
      client.off('error', onLost);
      client.on('error', () => undefined);
      // Ends the session: only so are its advisory locks sure to be free.
      client.release(true);
    }
  }

  protected logEnds(partition: number): Promise<LogEnds> {
    return readBounds(this.pool, this.options.topic, partition);
  }

  protected feed(lane: PartitionLane): void {
    const feeder = this.feeders.get(lane.partition);
    if (feeder?.lane === lane) {
      feeder.wake();
      return;
    }
    const fresh = new InboxFeeder(this.pool, this.options.topic, lane, this.logger);
    this.feeders.set(lane.partition, fresh);
    void fresh.run(FEEDER_SLEEP_MS);
  }

  protected halt(partition: number): void {
    this.feeders.get(partition)?.wake();
  }

  protected async beforeLeaving(): Promise<void> {
    // The positions are in the reader's own database; the inbox keeps none.
  }

  /** Hands over what is above our share, once its batch is settled, and takes what is free below it. */
  private async balance(group: InboxGroup): Promise<void> {
    const { topic } = this.options;
    const partitions = await countInboxPartitions(this.pool, topic);
    if (partitions === 0) throw new InboxTopicMissingError(topic);
    const share = await group.share(partitions);
    const held = this.assignedPartitions();
    const surplus = held.slice(share);
    if (surplus.length > 0) {
      this.takeAway(surplus);
      await this.whenIdle(surplus);
      for (const partition of surplus) {
        this.halt(partition);
        await group.giveUp(partition);
      }
    }
    const added: number[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      if (held.length + added.length >= share) break;
      if (!held.includes(partition) && (await group.take(partition))) added.push(partition);
    }
    this.take(added);
  }

  private async moveEnds(client: PoolClient): Promise<void> {
    const partitions = this.assignedPartitions();
    if (partitions.length === 0) return;
    try {
      for (const { partition, end, at } of await readEnds(client, this.options.topic, partitions)) {
        const lane = this.lane(partition);
        lane?.mark(end, at);
        if (lane !== null && lane.expectedOffset < end) this.feeders.get(partition)?.wake();
      }
    } catch (error) {
      // A writer that holds a partition for long only delays the account of how far we have read.
      if (!isLockTimeout(error)) throw error;
      this.logger.debug({ err: error }, 'A writer holds an inbox partition; asking its end again');
      for (const feeder of this.feeders.values()) feeder.wake();
    }
  }

  private wakeFor(notified: string): void {
    const { topic } = this.options;
    if (!notified.startsWith(`${topic}/`)) return;
    this.feeders.get(Number(notified.slice(topic.length + 1)))?.wake();
  }
}
