import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { catchError, EMPTY, exhaustMap, from, mergeMap, type Subscription, timer } from 'rxjs';
import { createDecoder } from '#core/event/decode.js';
import { feedOf } from '#rulebook/city.js';
import { loadRulebook } from '#rulebook/load-rules.js';
import { StalePositionError } from '#store/errors.js';
import { loadCoverage } from '#store/known-facts.js';
import { loadPositions } from '#store/stream-positions.js';
import { touchRegions } from '#store/touch-regions.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import type { DeliveredBatch, EventLog, LogSubscription } from '#streams/event-log.js';
import { openEventLog } from '#streams/open-event-log.js';
import { untilThere } from './await-server.js';
import { CaseCache } from './case-cache.js';
import { CoverageLanes } from './coverage-lanes.js';
import { handleBatch, type MonitorTools } from './handle-batch.js';
import { LawSource } from './law-source.js';
import { MonitorMetrics } from './metrics.js';
import { readThrough, saveIdle } from './progress.js';
import type { MonitorSettings } from './settings.js';
import { releaseCovered, type TickOutcome, tickDue } from './tick-due.js';

export const SETTINGS = 'MonitorSettings';
export const LOGGER = 'Logger';

/** Idle partitions are marked as read through at most this often. */
const IDLE_EVERY_MS = 1_000;
/**
 * Coverage that has not moved is looked at again after this long: another monitor may have held an alert meanwhile, or
 * had the case in its hands when it was to be released.
 */
/** Pages of cases that a new calendar makes due at most, per tick. */
const PAGES_PER_TICK = 20;
const LOOK_AGAIN_MS = 2_000;

/** Consumes its share of the partitions, ticks for what is due, and stops without losing or repeating anything. */
@Injectable()
export class MonitorService implements OnApplicationBootstrap, OnApplicationShutdown {
  private log: EventLog | null = null;
  private subscription: LogSubscription | null = null;
  private tools: MonitorTools | null = null;
  private writer: Writer | null = null;
  private readonly running: Subscription[] = [];
  private partitions = 0;
  private idleSavedAt = 0;
  private stopping = false;
  /** Per lane: coverage up to which held alerts were released, and when that was last looked at. */
  private readonly released = new Map<string, { readonly through: number; readonly at: number }>();

  constructor(
    @Inject(SETTINGS) private readonly settings: MonitorSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly metrics: MonitorMetrics,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { settings, logger } = this;
    const { rulebook } = loadRulebook(settings.rulePlaces);
    this.writer = openWriter({
      url: settings.databaseUrl,
      role: 'mingcha_monitor',
      masterKey: settings.masterKey,
      connections: 6,
      applicationName: 'mingcha-monitor',
    });
    this.log = openEventLog(settings.eventLog, process.env, logger);
    this.tools = this.makeTools(this.writer, rulebook);
    await untilThere('the database', () => this.reload(), {
      logger,
      stopped: () => this.stopping,
    });
    await this.awaitTopic(this.log);
    if (this.stopping) return;
    const subscription = this.log.subscribe({
      topic: settings.topic,
      groupId: settings.groupId,
      maxRecords: settings.maxRecords,
      positionOf: (partition) => this.positionOf(partition),
    });
    this.subscription = subscription;
    this.running.push(
      subscription.assigned$.subscribe((partitions) =>
        logger.info({ partitions }, 'partitions taken'),
      ),
      subscription.revoked$.subscribe((partitions) =>
        logger.info({ partitions }, 'partitions given up'),
      ),
      subscription.problems$.subscribe((problem) => logger.warn({ problem }, problem.message)),
      subscription.batches$.pipe(mergeMap((batch) => from(this.take(batch)))).subscribe({
        error: (error: unknown) => this.fail(error),
      }),
      timer(settings.tickEveryMs, settings.tickEveryMs)
        .pipe(
          exhaustMap(() =>
            from(this.tick()).pipe(
              catchError((error: unknown) => {
                this.metrics.failures.inc({ in: 'tick' });
                logger.error({ err: error }, 'a tick failed and will be tried again');
                return EMPTY;
              }),
            ),
          ),
        )
        .subscribe(),
    );
    logger.info({ rules: rulebook.rules.length, eventLog: settings.eventLog }, 'monitor started');
  }

  /** Takes no new batch, waits for those in hand, closes connections. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.subscription?.close();
    for (const one of this.running) one.unsubscribe();
    await this.log?.close();
    if (this.writer !== null) await closeWriter(this.writer);
    this.logger.info('monitor stopped');
  }

  /** What health answers: whether the database answers, and how far behind we are. */
  async health(): Promise<{
    ready: boolean;
    partitions: number;
    lag: number;
    readThrough: number | null;
  }> {
    const { writer, subscription } = this;
    if (writer === null || subscription === null)
      return { ready: false, partitions: 0, lag: 0, readThrough: null };
    const progress = subscription.progress();
    const lag = progress.reduce((sum, one) => sum + Number(one.highWatermark - one.position), 0);
    const through = await readThrough(writer, this.settings.topic, this.partitions);
    return { ready: true, partitions: progress.length, lag, readThrough: through };
  }

  private makeTools(
    writer: Writer,
    rulebook: ReturnType<typeof loadRulebook>['rulebook'],
  ): MonitorTools {
    const { settings } = this;
    const { city } = settings;
    return {
      writer,
      decoder: createDecoder({ feeds: (source) => feedOf(city, source) }),
      laws: new LawSource(rulebook, city),
      cache: new CaseCache(settings.cacheEvents),
      lanes: new CoverageLanes(),
      time: { fromHeader: settings.recordTime, now: Date.now },
      actor: 'monitor',
    };
  }

  /** Reference facts and coverage as saved by any monitor. */
  private async reload(): Promise<void> {
    const { tools } = this;
    if (tools === null) return;
    await tools.laws.refresh(tools.writer.pool);
    for (const one of await loadCoverage(tools.writer.pool))
      if (one.evaluatedThrough !== null) tools.lanes.advance(one.source, one.evaluatedThrough);
  }

  /** Waits for the event log and its topic, telling once what is missing. */
  private async awaitTopic(log: EventLog): Promise<void> {
    for (let attempt = 1; !this.stopping; attempt += 1) {
      try {
        this.partitions = await log.partitions(this.settings.topic);
        return;
      } catch (error) {
        if (attempt === 1)
          this.logger.warn({ err: error }, `waiting for the topic ${this.settings.topic}`);
        if (attempt >= 60 && !this.stopping) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }

  private async positionOf(partition: number): Promise<bigint | null> {
    if (this.writer === null) return null;
    await this.reload();
    const positions = await loadPositions(this.writer.pool, this.settings.topic);
    return positions.find((one) => one.partition === partition)?.nextOffset ?? null;
  }

  private async take(batch: DeliveredBatch): Promise<void> {
    if (this.tools === null) return batch.fail(new Error('not started'));
    const startedAt = performance.now();
    try {
      const outcome = await handleBatch(batch, this.tools);
      batch.settle();
      this.metrics.countBatch(outcome, (performance.now() - startedAt) / 1_000);
    } catch (error) {
      // Nothing was saved: the position is asked again and reading goes on from there.
      this.metrics.failures.inc({ in: 'batch' });
      const stale = error instanceof StalePositionError;
      this.logger[stale ? 'info' : 'error'](
        { err: error, partition: batch.partition, offset: String(batch.startOffset) },
        'a batch was not saved and will be read again',
      );
      batch.fail(error);
    }
  }

  private async tick(): Promise<void> {
    const { tools, settings, writer } = this;
    if (tools === null || writer === null) return;
    await this.saveIdlePartitions(writer);
    const through = await readThrough(writer, settings.topic, this.partitions);
    if (through === null) return;
    const upTo = settings.recordTime ? through : Math.min(through, Date.now());
    // A new calendar: its cases become due page by page, and are then ticked as any other.
    for (let page = 0; page < PAGES_PER_TICK; page += 1)
      if (!(await touchRegions(writer, settings.tickLimit))) break;
    const startedAt = performance.now();
    let outcome: TickOutcome;
    do {
      outcome = await tickDue(upTo, tools, settings.tickLimit);
      if (outcome.cases > 0)
        this.metrics.countTick(outcome, (performance.now() - startedAt) / 1_000);
    } while (outcome.cases === settings.tickLimit);
    await this.release(upTo, tools);
  }

  private async saveIdlePartitions(writer: Writer): Promise<void> {
    const { subscription, settings } = this;
    const now = Date.now();
    if (settings.recordTime || subscription === null || now - this.idleSavedAt < IDLE_EVERY_MS)
      return;
    this.idleSavedAt = now;
    const positions = await loadPositions(writer.pool, settings.topic);
    for (const { partition, position } of subscription.progress()) {
      const through = subscription.caughtUpThrough(partition);
      const saved = positions.find((one) => one.partition === partition) ?? {
        topic: settings.topic,
        partition,
        nextOffset: 0n,
        consumedThrough: 0,
      };
      if (through === null || through <= saved.consumedThrough || saved.nextOffset !== position)
        continue;
      await saveIdle(writer, saved, through, 'monitor').catch((error: unknown) => {
        if (!(error instanceof StalePositionError)) throw error;
      });
    }
  }

  /** Held alerts whose sources are now covered, lane by lane. */
  private async release(upTo: number, tools: MonitorTools): Promise<void> {
    for (const one of await loadCoverage(tools.writer.pool)) {
      if (one.evaluatedThrough === null) continue;
      tools.lanes.advance(one.source, one.evaluatedThrough);
      const before = this.released.get(one.source);
      if (before !== undefined && before.through >= one.evaluatedThrough)
        if (Date.now() - before.at < LOOK_AGAIN_MS) continue;
      const lane = {
        source: one.source,
        coveredThrough: one.evaluatedThrough,
        limit: this.settings.tickLimit,
      };
      let outcome: TickOutcome;
      do {
        outcome = await releaseCovered(upTo, tools, lane);
        if (outcome.cases > 0) this.metrics.countTick(outcome, 0);
      } while (outcome.alerts > 0 && outcome.cases === lane.limit);
      this.released.set(one.source, { through: one.evaluatedThrough, at: Date.now() });
    }
  }

  private fail(error: unknown): void {
    this.logger.fatal({ err: error }, 'the event log cannot be read');
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  }
}
