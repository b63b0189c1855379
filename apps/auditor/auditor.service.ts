import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { AuditorState } from '#audit-keys/auditor-state.js';
import { rootOf } from '#core/audit/tree/hash-tree.js';
import { ArchiveError } from '#store/archive/archive-format.js';
import { archivesIn } from '#store/archive/read-archive.js';
import { nativeSha256 } from '#store/audit-tree/native-sha256.js';
import { troubleOf } from '#store/database-trouble.js';
import { openAuditorPool } from '#store/judge/auditor-pool.js';
import { droppedMonths } from '#store/judge/dropped-months.js';
import { judgeDatabase, rollback, storedTree } from '#store/judge/judge-database.js';
import { checkpointAnchors, newestComplete } from '#store/judge/stored-checkpoints.js';
import type { TrailFinding } from '#store/judge/trail-finding.js';
import { TrailJudge } from '#store/judge/trail-judge.js';
import type { Anchor } from '#store/judge/tree-judge.js';
import { type WaitingRecords, waitingRecords } from '#store/judge/unlogged-records.js';
import type { EventLog } from '#streams/event-log.js';
import { openConfiguredLog } from '#streams/open-event-log.js';
import { pause } from '#streams/retry-pause.js';
import { FaultTeller } from './fault-teller.js';
import { AuditorMetrics } from './metrics.js';
import { OpenFindings } from './open-findings.js';
import type { AuditorSettings } from './settings.js';
import { Standstill } from './standstill.js';
import { ToldFaults } from './told-faults.js';

export const SETTINGS = 'AuditorSettings';
export const LOGGER = 'Logger';

/** What is in hand at a stop gets this long; after it the database's connections are closed under it. */
const STOP_MS = 8_000;
/** Most leaves judged at once as they come in: what is judged is remembered after every such piece. */
const PIECE = 100_000;
/** Seconds' worth of records in one step of judging the whole trail. */
const STEP_SECONDS = 2;
/** Faults shown by health. */
const MOST_SHOWN = 100;
/** Pause after a judgement of the whole trail that broke off. */
const RETRY_MS = 30_000;

/** Follows the audit trail as it grows, judges all of it again and again, and tells what does not fit. */
@Injectable()
export class AuditorService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopped = new AbortController();
  private readonly findings = new OpenFindings();
  private state!: AuditorState;
  private told!: ToldFaults;
  private teller!: FaultTeller;
  private pool!: Pool;
  private log!: EventLog;
  private live!: TrailJudge;
  private standstill!: Standstill;
  /** Size of the largest complete checkpoint, and of the last one that was compared with the tree as it was judged. */
  private signed = 0;
  private compared = 0;
  private trouble: string | null = 'the trail has not been looked at yet';
  private waiting: WaitingRecords = { count: 0, oldest: null };
  private archiveTrouble: string | null = null;
  private recheck = { size: 0, of: 0, inArchives: 0, endedAt: null as string | null };
  private done: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(SETTINGS) private readonly settings: AuditorSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly metrics: AuditorMetrics,
  ) {}

  /** Neither the database nor the event log has to be there. @throws AuditorStateError */
  onApplicationBootstrap(): void {
    const { settings, logger } = this;
    this.state = AuditorState.open(settings.stateFolder);
    this.told = new ToldFaults(this.state.told);
    this.pool = openAuditorPool(
      settings.databaseUrl,
      'mingcha-auditor',
      settings.mostSilentSeconds * 1000,
    );
    this.log = openConfiguredLog(settings.log, logger);
    const out = { log: this.log, topic: settings.alertTopic };
    this.teller = new FaultTeller(out, this.told, this.state, logger);
    this.live = this.judgeFromState();
    this.standstill = new Standstill(
      {
        silentMs: settings.pollMs + settings.mostSilentSeconds * 1000,
        unsignedMs: settings.mostUnsignedSeconds * 1000,
      },
      performance.now(),
    );
    if (settings.trust === null)
      logger.warn('MINGCHA_TRUSTED_KEYS_FILE is not set: signatures are not checked');
    this.done = Promise.all([this.follow(), this.judgeAgain()]);
    logger.info({ size: this.state.tree.size }, 'auditor started');
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    const ended = new AbortController();
    void this.done.then(() => ended.abort());
    await pause(STOP_MS, ended.signal);
    await this.log?.close();
    await this.pool?.end();
    this.logger.info('auditor stopped');
  }

  health() {
    const { waiting, findings, settings, recheck } = this;
    const open = findings.all.slice(0, MOST_SHOWN).map(({ expected, found, ...shown }) => shown);
    const reasons = [
      ...(this.trouble === null ? [] : [this.trouble]),
      ...(this.archiveTrouble === null ? [] : [this.archiveTrouble]),
      ...(this.teller.trouble === null ? [] : [this.teller.trouble]),
      ...(findings.count === 0 ? [] : [`the audit trail is broken: ${findings.count} faults`]),
      ...(this.oldestSeconds() > settings.mostWaitSeconds
        ? [`${waiting.count} records wait for their place in the log, the oldest for too long`]
        : []),
      ...this.standstill.reasons(performance.now()),
    ];
    return {
      ready: reasons.length === 0,
      reason: reasons.length === 0 ? null : reasons.join('; '),
      verified: this.live?.size ?? 0,
      signed: this.signed,
      waiting: waiting.count,
      findings: findings.count,
      open,
      recheck,
    };
  }

  async figures(): Promise<string> {
    const { metrics, findings } = this;
    metrics.verified.set(this.live?.size ?? 0);
    metrics.signed.set(this.signed);
    metrics.unsigned.set(this.standstill.unsignedMs / 1000);
    metrics.rechecked.set(this.recheck.size);
    metrics.waiting.set(this.waiting.count);
    metrics.oldestWaiting.set(this.oldestSeconds());
    metrics.untold.set(this.told.untold);
    metrics.open.reset();
    for (const { kind } of findings.all) metrics.open.inc({ kind });
    return metrics.registry.metrics();
  }

  /** In a simulation the age of a record cannot be told. */
  private oldestSeconds(): number {
    const { oldest } = this.waiting;
    if (oldest === null || this.settings.recordTime) return 0;
    return Math.max(0, (Date.now() - oldest) / 1000);
  }

  /** @param dropped months of records that may be gone; what comes in belongs to none */
  private judgeFromState(dropped: ReadonlySet<string> = new Set()): TrailJudge {
    return new TrailJudge({
      dropped,
      pool: this.pool,
      start: this.state.tree,
      clock: this.clock,
      onFinding: (finding) => this.note(finding),
    });
  }

  private get clock(): boolean {
    return !this.settings.recordTime && this.settings.trust !== null;
  }

  /** Judges what comes in, for as long as the process runs. */
  private async follow(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.judgeNew();
        this.waiting = await waitingRecords(this.pool);
        if (this.trouble !== null) this.logger.info('the audit trail can be read');
        this.trouble = null;
      } catch (error) {
        const text = `the database does not answer: ${troubleOf(error).text}`;
        if (this.trouble !== text && !this.stopped.signal.aborted)
          this.logger.warn({ err: error }, 'the audit trail cannot be judged');
        this.trouble = text;
        this.live = this.judgeFromState();
      }
      await this.teller.tell();
      await pause(this.settings.pollMs, this.stopped.signal);
    }
  }

  private async judgeNew(): Promise<void> {
    const { pool, settings } = this;
    // Read before the tree: a tree that is smaller was set back.
    const newest = await newestComplete(pool, settings.trust, (finding) => this.note(finding));
    const tree = await storedTree(pool);
    if (newest !== null && newest.size > tree.size) this.note(rollback(newest, tree));
    this.signed = newest?.size ?? this.signed;
    this.standstill.measured({ size: tree.size, signed: this.signed }, performance.now());
    if (this.live.size === 0)
      this.live = this.judgeFromState((await droppedMonths(pool, tree.size)).records);
    const remembered = this.remembered();
    if (remembered !== null && tree.size < remembered.size) this.note(rollback(remembered, tree));
    while (this.live.size < tree.size && !this.stopped.signal.aborted) {
      const { live } = this;
      const from = live.size;
      const through = Math.min(tree.size, from + PIECE);
      const note = (finding: TrailFinding) => this.note(finding);
      const stored = await checkpointAnchors(pool, { from, to: through }, settings.trust, note);
      const own = { size: tree.size, root: tree.root, where: 'audit_tree', time: null };
      await live.advance(through, through === tree.size ? [...stored, own] : stored);
      live.end();
      // Another history is not what is to be held to from now on.
      if (!live.isStrange) this.remember(live);
      this.standstill.looked(performance.now());
    }
    if (newest?.size === this.live.size) await this.compare(newest);
  }

  /** A checkpoint that came when all it covers was judged already. */
  private async compare(newest: Anchor): Promise<void> {
    if (newest.size <= this.compared) return;
    await this.live.advance(newest.size, [newest]);
    this.live.end();
    this.compared = newest.size;
  }

  private remember(judge: TrailJudge): void {
    if (judge.size <= this.state.tree.size) return;
    this.state.tree = judge.judged;
    this.state.save();
  }

  private remembered(): Anchor | null {
    const { tree } = this.state;
    if (tree.size === 0) return null;
    return { size: tree.size, root: rootOf(tree, nativeSha256), where: 'auditor', time: null };
  }

  /** Judges the whole trail from its first record, at the start and then every few hours, at a bounded rate. */
  private async judgeAgain(): Promise<void> {
    const { settings, stopped, findings, logger } = this;
    while (!stopped.signal.aborted) {
      findings.beginRecheck();
      this.told.beginRecheck();
      let wait = settings.recheckHours * 3_600_000;
      try {
        await this.judgeAll();
        findings.endRecheck();
        this.told.endRecheck(findings.all);
        this.state.save();
        this.recheck.endedAt = new Date().toISOString();
        this.metrics.recheckEnded.set(Date.now() / 1000);
        logger.info(
          { size: this.recheck.of, findings: findings.count },
          'the whole trail was judged',
        );
      } catch (error) {
        findings.dropRecheck();
        this.told.dropRecheck();
        wait = RETRY_MS;
        if (error instanceof ArchiveError) this.archiveTrouble = `an archive: ${error.message}`;
        if (!stopped.signal.aborted)
          logger.warn({ err: error }, 'the whole trail could not be judged; it is tried again');
      }
      await pause(wait, stopped.signal);
    }
  }

  private async judgeAll(): Promise<void> {
    const { pool, settings, stopped } = this;
    const remembered = this.remembered();
    const step = settings.recheckRate * STEP_SECONDS;
    let began = performance.now();
    const folder = settings.archiveFolder;
    const judged = await judgeDatabase({
      pool,
      ...(folder === null ? {} : { archives: await archivesIn(folder) }),
      trust: settings.trust,
      remembered: remembered === null ? [] : [remembered],
      clock: this.clock,
      step,
      onFinding: (finding) => this.note(finding),
      onProgress: async (size, of) => {
        this.recheck = { ...this.recheck, size, of };
        const early = STEP_SECONDS * 1_000 - (performance.now() - began);
        if (size < of && early > 0) await pause(early, stopped.signal);
        began = performance.now();
        if (stopped.signal.aborted) throw new Error('the auditor is stopping');
      },
    });
    const { inArchives } = judged;
    this.recheck.inArchives = inArchives;
    this.archiveTrouble =
      folder === null || inArchives === 0
        ? null
        : `${inArchives} records of dropped months are in no archive below ${folder}`;
    // It knows every entity's chain from its beginning; what came in meanwhile it takes as well.
    if (!judged.judge.isStrange) this.live = judged.judge;
  }

  private note(finding: TrailFinding): void {
    this.told.meet(finding);
    if (!this.findings.add(finding)) return;
    const { kind, id, leafIndex, recordNo, count, what, where } = finding;
    this.metrics.found.inc({ kind });
    this.logger.error(
      { kind, id, leafIndex, recordNo, count, what, where },
      'the audit trail is broken',
    );
    this.told.take(finding);
  }
}
