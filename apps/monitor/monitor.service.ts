import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { exhaustMap, from, mergeMap, type Subscription, timer } from 'rxjs';
import { createDecoder } from '#core/event/decode.js';
import { feedOf } from '#rulebook/city.js';
import { loadRulebook } from '#rulebook/load-rules.js';
import { troubleOf } from '#store/database-trouble.js';
import { StalePositionError } from '#store/errors.js';
import { coveredThrough, loadCoverage } from '#store/known-facts.js';
import { loadPositions } from '#store/stream-positions.js';
import { touchRegions } from '#store/touch-regions.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import type {
  DeliveredBatch,
  EventLog,
  LogSubscription,
  OffsetRange,
  PartitionBatch,
} from '#streams/event-log.js';
import { openConfiguredLog } from '#streams/open-event-log.js';
import { pause } from '#streams/retry-pause.js';
import { untilThere } from './await-server.js';
import { CaseCache } from './case-cache.js';
import { CoverageLanes } from './coverage-lanes.js';
import { handleBatch, type MonitorTools } from './handle-batch.js';
import { LawSource } from './law-source.js';
import { judgeLog, LogTroubles } from './log-troubles.js';
import { saveLost } from './lost-records.js';
import { MonitorMetrics } from './metrics.js';
import { readThrough, saveIdlePartitions } from './progress.js';
import type { MonitorSettings } from './settings.js';
import { releaseCovered, type TickOutcome, tickDue } from './tick-due.js';
import { Troubles } from './troubles.js';

export const SETTINGS = 'MonitorSettings';
export const LOGGER = 'Logger';

/** Claims of due cases in work at the same time. */
const CLAIMS_AT_ONCE = 2;

/** Idle partitions are marked as read through at most this often. */
const IDLE_EVERY_MS = 1_000;
/** Pages of cases that a new calendar makes due at most, per tick. */
const PAGES_PER_TICK = 20;
/**
 * Coverage that has not moved is looked at again after this long: another monitor may have held an alert meanwhile, or
 * had the case in its hands when it was to be released.
 */
const LOOK_AGAIN_MS = 2_000;

/** A database that does not answer health for so long is away. */
const ANSWER_MS = 3_000;

const TICKS = 'ticks';
const batchesOf = (partition: number) => `partition ${partition}`;

export interface MonitorHealth {
  readonly ready: boolean;
  readonly state: 'starting' | 'running' | 'stopping';
  /** Why it is not ready; null where it is. */
  readonly reason: string | null;
  readonly partitions: number;
  /** Records of the partitions held that are not read yet. */
  readonly lag: number;
  /** The instant through which every partition was read, ms; null while one was never read. */
  readonly readThrough: number | null;
}

/** Consumes its share of the partitions, ticks for what is due, and stops without losing or repeating anything. */
@Injectable()
export class MonitorService implements OnApplicationBootstrap, OnApplicationShutdown {
  private log: EventLog | null = null;
  private subscription: LogSubscription | null = null;
  private tools: MonitorTools | null = null;
  private writer: Writer | null = null;
  private started: Promise<void> = Promise.resolve();
  private readonly running: Subscription[] = [];
  private partitions = 0;
  private idleSavedAt = 0;
  private waitingFor = 'its settings';
  private readonly stop = new AbortController();
  private readonly troubles: Troubles;
  private readonly logTroubles = new LogTroubles();
  /** Per lane: coverage up to which held alerts were released, and when that was last looked at. */
  private readonly released = new Map<string, { readonly through: number; readonly at: number }>();

  constructor(
    @Inject(SETTINGS) private readonly settings: MonitorSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly metrics: MonitorMetrics,
  ) {
    this.troubles = new Troubles(logger);
  }

  /** Returns at once: what has to be waited for is waited for behind the open port, and health says what it is. */
  onApplicationBootstrap(): void {
    const { settings, logger } = this;
    const { rulebook } = loadRulebook(settings.rulePlaces);
    const writer = openWriter({
      url: settings.databaseUrl,
      role: 'mingcha_monitor',
      masterKey: settings.masterKey,
      connections: 8,
      applicationName: 'mingcha-monitor',
    });
    const log = openConfiguredLog(settings.log, logger);
    [this.writer, this.log] = [writer, log];
    this.tools = this.makeTools(writer, rulebook);
    this.started = this.start(log)
      .then(() => {
        if (this.stop.signal.aborted) return;
        const { eventLog } = settings;
        logger.info({ rules: rulebook.rules.length, eventLog }, 'monitor started');
      })
      .catch((error: unknown) => this.fail(error, 'the monitor could not start'));
  }

  private async start(log: EventLog): Promise<void> {
    const { settings, troubles } = this;
    const stop = this.stop.signal;
    this.waitingFor = 'the database';
    await untilThere({ name: 'the database', ask: () => this.reload() }, troubles, stop);
    this.waitingFor = `the topic ${settings.topic}`;
    const ask = async () => {
      this.partitions = await log.partitions(settings.topic);
    };
    await untilThere({ name: this.waitingFor, ask, judge: judgeLog }, troubles, stop);
    if (!stop.aborted) this.run(log);
  }

  private run(log: EventLog): void {
    const { settings, logger } = this;
    const subscription = log.subscribe({
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
      subscription.revoked$.subscribe((partitions) => {
        for (const partition of partitions) this.troubles.end(batchesOf(partition));
        logger.info({ partitions }, 'partitions given up');
      }),
      subscription.problems$.subscribe((problem) => {
        this.logTroubles.note(problem);
        if (problem.kind === 'records-lost') void this.tellLost(problem.partition, problem.missing);
      }),
      subscription.batches$.pipe(mergeMap((batch) => from(this.take(batch)))).subscribe({
        error: (error: unknown) => this.fail(error, 'the event log cannot be read'),
      }),
      timer(settings.tickEveryMs, settings.tickEveryMs)
        .pipe(exhaustMap(() => from(this.tickSafely())))
        .subscribe(),
    );
  }

  /** Takes no new batch, waits for those in hand, closes connections. */
  async onApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.subscription?.close();
    for (const one of this.running) one.unsubscribe();
    await this.log?.close();
    await this.started;
    if (this.writer !== null) await closeWriter(this.writer);
    this.logger.info('monitor stopped');
  }

  /** Whether records are being judged and saved, and how far behind we are; rejects where the database is away. */
  async health(): Promise<MonitorHealth> {
    const { writer, subscription } = this;
    const idle = { ready: false, partitions: 0, lag: 0, readThrough: null };
    if (this.stop.signal.aborted) return { ...idle, state: 'stopping', reason: 'stopping' };
    if (writer === null || subscription === null) {
      const why = this.troubles.reason();
      const because = why === null ? '' : ` (${why.replace(`${this.waitingFor}: `, '')})`;
      const reason = `starting: waiting for ${this.waitingFor}${because}`;
      return { ...idle, state: 'starting', reason };
    }
    const progress = subscription.progress();
    const lag = progress.reduce((sum, one) => sum + Number(one.highWatermark - one.position), 0);
    const reasons = [this.troubles.reason(), this.logTroubles.reason(progress)];
    const reason = reasons.filter((one) => one !== null).join(' ') || null;
    const through = await soon(readThrough(writer, this.settings.topic, this.partitions));
    const figures = { partitions: progress.length, lag, readThrough: through };
    return { ready: reason === null, state: 'running', reason, ...figures };
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
    await this.reloadCoverage(tools);
  }

  private async reloadCoverage(tools: MonitorTools) {
    const coverage = await loadCoverage(tools.writer.pool);
    for (const { source, evaluatedThrough, gap } of coverage) {
      tools.lanes.setGap(source, gap?.from ?? null);
      if (evaluatedThrough !== null) tools.lanes.advance(source, evaluatedThrough);
    }
    return coverage;
  }

  private async positionOf(partition: number): Promise<bigint | null> {
    if (this.writer === null) return null;
    await this.reload();
    const positions = await loadPositions(this.writer.pool, this.settings.topic);
    return positions.find((one) => one.partition === partition)?.nextOffset ?? null;
  }

  private async take(batch: DeliveredBatch): Promise<void> {
    const { tools } = this;
    if (tools === null) return batch.fail(new Error('not started'));
    const { partition } = batch;
    const startedAt = performance.now();
    try {
      const outcome = await handleBatch(await this.behindLost(batch, tools), tools);
      batch.settle();
      this.troubles.end(batchesOf(partition));
      this.metrics.countBatch(outcome, (performance.now() - startedAt) / 1_000);
    } catch (error) {
      // Nothing was saved: the position is asked again and reading goes on from there.
      this.metrics.failures.inc({ in: 'batch' });
      const fields = { partition, offset: String(batch.startOffset) };
      const doing = 'a batch was not saved and will be read again';
      if (error instanceof StalePositionError) this.logger.info({ err: error, ...fields }, doing);
      else this.troubles.begin(batchesOf(partition), error, { doing, fields });
      batch.fail(error);
    }
  }

  /** The batch as it stands once a loss before it is saved. */
  private async behindLost(batch: PartitionBatch, tools: MonitorTools): Promise<PartitionBatch> {
    const { missing, partition } = batch;
    if (missing === null) return batch;
    await this.saveLost(tools, partition, missing);
    return { ...batch, missing: null, startOffset: missing.to };
  }

  /** Also where nothing comes after what was lost: coverage shows it at once, and ticks do not wait for the position. */
  private async tellLost(partition: number, missing: OffsetRange): Promise<void> {
    if (this.tools === null) return;
    await this.saveLost(this.tools, partition, missing).catch((error: unknown) => {
      // The partition's first batch has done it, or will: it carries the loss as well.
      if (!(error instanceof StalePositionError))
        this.logger.warn({ err: error, partition }, 'a loss of records was not saved yet');
    });
  }

  private async saveLost(
    tools: MonitorTools,
    partition: number,
    missing: OffsetRange,
  ): Promise<void> {
    const { topic } = this.settings;
    const lanes = await saveLost(tools.writer, { topic, partition, missing }, tools.time.now());
    await this.reloadCoverage(tools);
    this.logger.error(
      { partition, from: String(missing.from), to: String(missing.to), lanes },
      'records were lost: coverage has a gap since then, and alerts that rest on it are held. Have the feeds send ' +
        'their records again, then close the gap with mingcha admin close-gap',
    );
  }

  /** Never rejects: a tick that failed comes again. */
  private async tickSafely(): Promise<void> {
    try {
      await this.tick();
      this.troubles.end(TICKS);
    } catch (error) {
      this.metrics.failures.inc({ in: 'tick' });
      this.troubles.begin(TICKS, error, { doing: 'a tick failed and will be tried again' });
    }
  }

  private async tick(): Promise<void> {
    const { tools, settings, writer } = this;
    if (tools === null || writer === null) return;
    const now = Date.now();
    if (!settings.recordTime && now - this.idleSavedAt >= IDLE_EVERY_MS) {
      this.idleSavedAt = now;
      await saveIdlePartitions(writer, this.subscription, settings.topic);
    }
    const through = await readThrough(writer, settings.topic, this.partitions);
    if (through === null) return;
    const upTo = settings.recordTime ? through : Math.min(through, Date.now());
    // A new calendar: its cases become due page by page, and are then ticked as any other.
    for (let page = 0; page < PAGES_PER_TICK; page += 1)
      if (!(await touchRegions(writer, settings.tickLimit))) break;
    // After the positions: what other monitors have read is covered by what they saved with it.
    await this.reloadCoverage(tools);
    // While one claim is with the database, another is evaluated. They never hold the same case.
    const claims = Array.from({ length: CLAIMS_AT_ONCE }, () => this.tickAll(upTo, tools));
    const failed = (await Promise.allSettled(claims)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    await this.release(upTo, tools);
  }

  /** Claim by claim until nothing more is due. */
  private async tickAll(upTo: number, tools: MonitorTools): Promise<void> {
    const { tickLimit } = this.settings;
    let outcome: TickOutcome;
    do {
      const startedAt = performance.now();
      outcome = await tickDue(upTo, tools, tickLimit);
      if (outcome.cases > 0)
        this.metrics.countTick(outcome, (performance.now() - startedAt) / 1_000);
    } while (outcome.cases === tickLimit);
  }

  /** Held alerts whose sources are now covered, lane by lane. */
  private async release(upTo: number, tools: MonitorTools): Promise<void> {
    for (const one of await this.reloadCoverage(tools)) {
      const through = coveredThrough(one);
      if (through === null) continue;
      const before = this.released.get(one.source);
      if (before !== undefined && before.through >= through)
        if (Date.now() - before.at < LOOK_AGAIN_MS) continue;
      const limit = this.settings.tickLimit;
      const lane = { source: one.source, coveredThrough: through, limit };
      let outcome: TickOutcome;
      do {
        outcome = await releaseCovered(upTo, tools, lane);
        if (outcome.cases > 0) this.metrics.countTick(outcome, 0);
      } while (outcome.alerts > 0 && outcome.cases === lane.limit);
      this.released.set(one.source, { through, at: Date.now() });
    }
  }

  /** Nothing helps but a person: the process ends with code 1, in order. */
  private fail(error: unknown, what: string): void {
    this.logger.fatal({ err: error, what: troubleOf(error).text }, what);
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  }
}

async function soon<T>(work: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const late = pause(ANSWER_MS, answered.signal).then(() => {
    throw new Error(`the database did not answer within ${ANSWER_MS / 1_000} s`);
  });
  late.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    answered.abort();
  }
}
