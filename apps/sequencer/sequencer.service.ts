import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { StaleTreeError } from '#store/audit-tree/append-leaves.js';
import { readLatestCheckpoint } from '#store/audit-tree/checkpoints.js';
import { DamagedTreeError, ForeignWatermarkError } from '#store/audit-tree/tree-state.js';
import { troubleOf } from '#store/database-trouble.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { pause, retryPauseMs } from '#streams/retry-pause.js';
import { Alarms } from './alarms.js';
import { CheckpointLoop } from './checkpoint-loop.js';
import { IndexCommitter } from './index-committer.js';
import { SequencerMetrics } from './metrics.js';
import type { SequencerSettings } from './settings.js';
import { TreeKeeper } from './tree-keeper.js';

export const SETTINGS = 'SequencerSettings';
export const LOGGER = 'Logger';

const STOP_MS = 8_000;
/** So many failures in a row are an alarm, also those that another sequencer's work explains. */
const FAILURES_TO_ALARM = 3;
const MOST_FAILURES = 4;

export interface SequencerHealth {
  readonly ready: boolean;
  /** What is wrong; null while nothing is. */
  readonly reason: string | null;
  /** Whether this process grows the tree; otherwise it stands by. */
  readonly working: boolean;
  readonly size: number;
  readonly checkpoint: {
    readonly size: number;
    readonly complete: boolean;
    readonly signedAt: Date;
  } | null;
  readonly alarms: ReturnType<Alarms['list']>;
}

/** Gives records their places in the audit tree, lets its states be signed, and commits to the index, until it is told to stop. */
@Injectable()
export class SequencerService implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly alarms: Alarms;
  private readonly stop = new AbortController();
  private readonly writer: Writer;
  private readonly keeper: TreeKeeper;
  private readonly checkpoints: CheckpointLoop;
  private readonly committer: IndexCommitter;
  /** In a row: since the tree was last read and grown. */
  private failures = 0;
  private done: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(SETTINGS) private readonly settings: SequencerSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly metrics: SequencerMetrics,
  ) {
    this.alarms = new Alarms(logger);
    this.writer = openWriter({
      url: settings.databaseUrl,
      role: 'mingcha_sequencer',
      masterKey: null,
      connections: 4,
      applicationName: 'mingcha-sequencer',
    });
    const { pool } = this.writer;
    const { alarms } = this;
    this.checkpoints = new CheckpointLoop({ pool, settings, alarms, metrics });
    this.committer = new IndexCommitter({ pool, everyMs: settings.indexMs, alarms });
    const { batch, sequenceMs, lagMs } = settings;
    this.keeper = new TreeKeeper({
      ...{ pool, batch, sequenceMs, lagMs, alarms, metrics },
      onGrown: (tree) => {
        this.failures = 0;
        this.checkpoints.offer(tree);
        this.committer.offer(tree);
      },
    });
  }

  /** Nothing has to be there yet: database, signer and witnesses are waited for, and health says so. */
  onApplicationBootstrap(): void {
    const { origin, quorum, witnesses } = this.settings;
    this.done = Promise.all([this.work(), this.checkpoints.run(this.stop.signal)]);
    this.logger.info(
      { origin, quorum, witnesses: witnesses.map(({ key }) => key.name) },
      'sequencer started',
    );
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop.abort();
    const stopped = new AbortController();
    void this.done.then(() => this.committer.settled()).finally(() => stopped.abort());
    await pause(STOP_MS, stopped.signal);
    await closeWriter(this.writer);
    this.logger.info('sequencer stopped');
  }

  /** Asks the database; rejects where it is away. */
  async health(): Promise<SequencerHealth> {
    const { pool } = this.writer;
    const checkpoint = await readLatestCheckpoint(pool, { complete: false });
    const { rows } = await pool.query<{ size: string }>('select size from audit_tree');
    const alarms = this.alarms.list();
    return {
      ready: alarms.length === 0,
      reason: alarms.length === 0 ? null : alarms.map(({ text }) => `${text}.`).join(' '),
      working: this.keeper.working,
      size: Number(rows[0]?.size ?? 0),
      checkpoint:
        checkpoint === null
          ? null
          : { size: checkpoint.size, complete: checkpoint.complete, signedAt: checkpoint.signedAt },
      alarms,
    };
  }

  figures(): Promise<string> {
    return this.metrics.text(this.alarms);
  }

  private async work(): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      try {
        await this.keeper.run(signal);
        this.failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ForeignWatermarkError || error instanceof DamagedTreeError) {
          this.fail(error);
          return;
        }
        this.tell(error);
        await pause(retryPauseMs(this.failures), signal);
        this.failures = Math.min(this.failures + 1, MOST_FAILURES);
      }
    }
  }

  /** That another sequencer was first passes with the next attempt; where it does not, something else is wrong. */
  private tell(error: unknown): void {
    const trouble = troubleOf(error);
    const wasFirst = error instanceof StaleTreeError || trouble.code === '23505';
    if (wasFirst && this.failures + 1 < FAILURES_TO_ALARM)
      this.logger.warn({ err: error }, 'another sequencer was first');
    else this.alarms.begin('database', `Records get no places in the audit tree. ${trouble.text}`);
  }

  /** Nothing helps but a person: the process ends with code 1, in order. */
  private fail(error: Error): void {
    this.logger.fatal(error.message);
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  }
}
