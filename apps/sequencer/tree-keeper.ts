import type { Pool, PoolClient } from 'pg';
import { type OpenRequest, openRequests } from '#store/audit-tree/ask-index.js';
import {
  firstWaiting,
  holdersOf,
  sequenceBatch,
  takeTreeLock,
} from '#store/audit-tree/sequencing.js';
import { type OpenTree, openTree } from '#store/audit-tree/tree-state.js';
import { pause } from '#streams/retry-pause.js';
import type { Alarms } from './alarms.js';
import { LagClock } from './lag-clock.js';
import type { SequencerMetrics } from './metrics.js';

/** How often one that is not at work asks for the right to be. */
const STANDBY_MS = 1_000;
/** How often it is asked what still waits. */
const LAG_EVERY_MS = 1_000;

/** A committed state of the tree. */
export interface GrownTree {
  readonly size: number;
  readonly root: Buffer;
  /** True: everything that had ended was read, so that no entity's record stands behind a later one for want of a turn. */
  readonly drained: boolean;
  /** Every transaction before this one had ended. */
  readonly endedBefore: bigint;
  /** Commitments of the index that were asked for before this state was read. */
  readonly requests: readonly OpenRequest[];
}

export interface KeeperOptions {
  readonly pool: Pool;
  readonly batch: number;
  readonly sequenceMs: number;
  readonly lagMs: number;
  readonly alarms: Alarms;
  readonly metrics: SequencerMetrics;
  /** Told of each state as soon as it is committed; must not throw and not wait. */
  readonly onGrown: (tree: GrownTree) => void;
}

/** Grows the tree for as long as this process has the right to. */
export class TreeKeeper {
  /** True while this process grows the tree. */
  working = false;
  private readonly clock = new LagClock(Date.now());
  private lagAskedAt = 0;

  constructor(private readonly options: KeeperOptions) {}

  /**
   * Works on one connection until `stop`, or until an error: that of a broken connection, of another sequencer that was
   * first, or one that only a person can mend (ForeignWatermarkError, DamagedTreeError). What was committed stays.
   */
  async run(stop: AbortSignal): Promise<void> {
    const client = await this.options.pool.connect();
    let broken = true;
    try {
      while (!stop.aborted && !(await takeTreeLock(client))) await pause(STANDBY_MS, stop);
      if (!stop.aborted) await this.grow(client, stop);
      broken = false;
    } finally {
      this.working = false;
      this.options.metrics.working.set(0);
      // Closing the connection gives the right to whoever waits.
      client.release(true);
      if (!broken) this.options.alarms.end('database');
    }
  }

  private async grow(client: PoolClient, stop: AbortSignal): Promise<void> {
    const { batch, sequenceMs, metrics, onGrown, alarms } = this.options;
    let tree: OpenTree = await openTree(client);
    this.working = true;
    metrics.working.set(1);
    let isFull = false;
    while (!stop.aborted) {
      const requests = await openRequests(client);
      const startedAt = performance.now();
      const appended = await sequenceBatch(client, tree, batch);
      alarms.end('database');
      tree = appended.tree;
      isFull = appended.isFull;
      if (appended.leaves > 0) metrics.batch.observe((performance.now() - startedAt) / 1_000);
      metrics.leaves.inc(appended.leaves);
      metrics.size.set(tree.state.size);
      const { endedBefore, nextXid } = appended;
      this.clock.note(nextXid, Date.now());
      onGrown({
        size: tree.state.size,
        root: tree.state.root,
        drained: !isFull,
        endedBefore,
        requests,
      });
      if (Date.now() - this.lagAskedAt >= LAG_EVERY_MS)
        await this.watchLag(client, tree, endedBefore);
      if (!isFull) await pause(Math.max(0, sequenceMs - (performance.now() - startedAt)), stop);
    }
  }

  /** A record waits for its turn, or for an older transaction to end. */
  private async watchLag(client: PoolClient, tree: OpenTree, endedBefore: bigint): Promise<void> {
    const { metrics, alarms, lagMs } = this.options;
    const first = await firstWaiting(client, tree);
    const now = Date.now();
    this.lagAskedAt = now;
    const ageMs = first === null ? 0 : this.clock.ageOf(BigInt(first.xid), now);
    metrics.lag.set(ageMs / 1_000);
    if (first === null || ageMs < lagMs) {
      alarms.end('lag');
      return;
    }
    const seconds = Math.round(ageMs / 1_000);
    const waits = `The record ${first.recordNo} has waited for its place in the audit tree for up to ${seconds} s`;
    if (BigInt(first.xid) < endedBefore) {
      alarms.begin('lag', `${waits}: more is recorded than the sequencer can take`);
      return;
    }
    const pids = await holdersOf(client, endedBefore);
    const who = pids.length === 0 ? '' : `, held by the PostgreSQL process ${pids.join(', ')}`;
    alarms.begin(
      'lag',
      `${waits}: transaction ${endedBefore} is still open${who}. Nothing is lost; look what that session does, and end it`,
    );
  }
}
