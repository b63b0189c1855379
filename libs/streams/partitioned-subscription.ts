import { Observable, Subject, type Subscriber } from 'rxjs';
import type {
  DeliveredBatch,
  LogSubscription,
  OffsetRange,
  PartitionProgress,
  StreamProblem,
  SubscribeOptions,
} from './event-log.js';
import { Outage } from './outage.js';
import { PartitionLane } from './partition-lane.js';
import { pause, retryPauseMs } from './retry-pause.js';
import { startingPoint } from './starting-point.js';
import type { StreamLogger } from './stream-logger.js';

/** What a partition holds: offsets `first` (inclusive) to `end` (exclusive), as of the instant `at`, ms. */
export interface LogEnds {
  readonly first: bigint;
  readonly end: bigint;
  readonly at: number;
}

/** A partition from one assignment, or one failed batch, to the next. */
interface Assignment {
  readonly partition: number;
  /** Failures in a row without a settled batch between them. */
  readonly failures: number;
  lane: PartitionLane | null;
}

const CLOSE_WAIT_MS = 10_000;
const LONG_RUN_MS = 60_000;
const LONGEST_RECONNECT_PAUSE_MS = 3_000;
const MIB = 1024 * 1024;
/** All lanes of a subscription together buffer about this much, whatever the number of partitions. */
const BUFFER_MIB = 16;

/**
 * What both adapters share: the life of a subscription and of its assigned partitions. An adapter
 * says how to connect, which partitions it was given, where a partition ends, and feeds the lanes.
 */
export abstract class PartitionedSubscription implements LogSubscription {
  readonly assigned$ = new Subject<readonly number[]>();
  readonly revoked$ = new Subject<readonly number[]>();
  readonly problems$ = new Subject<StreamProblem>();
  readonly batches$: Observable<DeliveredBatch>;
  protected readonly stop = new AbortController();
  protected readonly outage: Outage;
  private readonly assignments = new Map<number, Assignment>();
  /** The last lane of each partition ever held: its batch may be out after the partition is gone. */
  private readonly lastLanes = new Map<number, PartitionLane>();
  private subscriber: Subscriber<DeliveredBatch> | null = null;
  private running: Promise<void> = Promise.resolve();
  private closing: Promise<void> | null = null;

  protected constructor(
    protected readonly options: SubscribeOptions,
    protected readonly logger: StreamLogger,
    private readonly server: { readonly name: string; readonly onClosed: () => void },
  ) {
    this.outage = new Outage(server.name, logger, this.problems$);
    this.batches$ = new Observable((subscriber) => {
      if (this.subscriber !== null || this.closing !== null) {
        subscriber.error(new Error('The batches of a subscription can be subscribed to once.'));
        return;
      }
      this.subscriber = subscriber;
      this.running = this.consume();
      return () => void this.close();
    });
  }

  /** One connection, from opening it to losing it (rejects) or to `stop` (resolves). */
  protected abstract consumeOnce(): Promise<void>;
  protected abstract judge(error: unknown): 'fatal' | 'topic-missing' | 'unreachable';
  protected abstract logEnds(partition: number): Promise<LogEnds>;
  /** Begins, or goes on after it was full, to push into the lane from its expected offset. */
  protected abstract feed(lane: PartitionLane): void;
  /** No lane takes anything of this partition for now. */
  protected abstract halt(partition: number): void;
  /** Everything is settled; the connection is still there. */
  protected abstract beforeLeaving(): Promise<void>;

  caughtUpThrough(partition: number): number | null {
    return this.lane(partition)?.progress().caughtUpThrough ?? null;
  }

  progress(): readonly PartitionProgress[] {
    return this.lanes()
      .map((lane) => lane.progress())
      .sort((a, b) => a.partition - b.partition);
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  protected lane(partition: number): PartitionLane | null {
    return this.assignments.get(partition)?.lane ?? null;
  }

  protected lanes(): PartitionLane[] {
    return [...this.assignments.values()].flatMap(({ lane }) => lane ?? []);
  }

  protected assignedPartitions(): number[] {
    return [...this.assignments.keys()];
  }

  /** The partitions are ours now; those that were before are read anew from their saved position. */
  protected take(partitions: readonly number[]): void {
    if (this.closing !== null) return;
    const added = partitions.filter((partition) => !this.assignments.has(partition));
    if (added.length > 0) this.assigned$.next(added);
    for (const partition of partitions) this.begin(partition, 0);
  }

  protected takeAway(partitions: readonly number[]): void {
    if (partitions.length === 0) return;
    for (const partition of partitions) {
      this.lane(partition)?.retire(true);
      this.assignments.delete(partition);
    }
    this.revoked$.next(partitions);
  }

  /** Resolves when no batch of these partitions is out, wherever they are assigned now. */
  protected async whenIdle(partitions: Iterable<number>): Promise<void> {
    await Promise.all([...partitions].map((each) => this.lastLanes.get(each)?.whenIdle()));
  }

  /** Asks the saved position again and reads on from there; what was buffered is dropped. */
  protected begin(partition: number, failures: number): void {
    this.halt(partition);
    this.lane(partition)?.retire(false);
    const assignment: Assignment = { partition, failures, lane: null };
    this.assignments.set(partition, assignment);
    void this.startReading(assignment);
  }

  private async consume(): Promise<void> {
    for (let attempt = 0; !this.stop.signal.aborted; attempt++) {
      const startedAt = Date.now();
      try {
        await this.consumeOnce();
      } catch (error) {
        if (this.stop.signal.aborted) break;
        const verdict = this.judge(error);
        if (verdict === 'fatal') {
          this.subscriber?.error(error);
          return;
        }
        this.outage.begin(verdict, error);
      } finally {
        this.takeAway(this.assignedPartitions());
      }
      if (Date.now() - startedAt > LONG_RUN_MS) attempt = 0;
      await pause(Math.min(LONGEST_RECONNECT_PAUSE_MS, retryPauseMs(attempt)), this.stop.signal);
    }
  }

  private async shutDown(): Promise<void> {
    for (const lane of this.lanes()) lane.retire(false);
    const waited = new AbortController();
    await Promise.race([this.whenIdle(this.lastLanes.keys()), pause(CLOSE_WAIT_MS, waited.signal)]);
    waited.abort();
    await this.beforeLeaving();
    this.stop.abort();
    await this.running;
    this.subscriber?.complete();
    for (const subject of [this.assigned$, this.revoked$, this.problems$]) subject.complete();
    this.server.onClosed();
  }

  private isCurrent(assignment: Assignment): boolean {
    return this.closing === null && this.assignments.get(assignment.partition) === assignment;
  }

  private async startReading(assignment: Assignment): Promise<void> {
    const { partition, failures } = assignment;
    const { topic } = this.options;
    if (failures > 0) await pause(retryPauseMs(failures - 1), this.stop.signal);
    await this.whenIdle([partition]);
    let told = '';
    for (let attempt = 0; this.isCurrent(assignment); attempt++) {
      try {
        const problem = await this.openLane(assignment);
        if (problem === null) return;
        if (told !== problem.message) {
          told = problem.message;
          this.logger.error({ topic, partition }, problem.message);
          this.problems$.next(problem);
        }
      } catch (error) {
        const message = `The position of ${topic}/${partition} cannot be found out; trying again.`;
        if (told !== message) this.logger.warn({ err: error, topic, partition }, message);
        told = message;
      }
      await pause(retryPauseMs(attempt), this.stop.signal);
    }
  }

  /** Null once the lane reads, or is no longer wanted; otherwise what keeps it from reading. */
  private async openLane(assignment: Assignment): Promise<StreamProblem | null> {
    const { partition } = assignment;
    const { topic, positionOf, maxRecords = 1_000 } = this.options;
    // The position first: the end of the log is then never older than the position.
    const savedPosition = await positionOf(partition);
    const ends = await this.logEnds(partition);
    const start = startingPoint(savedPosition, ends);
    if (start.kind === 'beyond-end') return beyondEnd(topic, partition, start);
    if (!this.isCurrent(assignment)) return null;
    if (start.missing !== null) this.tellLost(partition, start.missing);
    const share = BUFFER_MIB / this.assignments.size;
    const lane: PartitionLane = new PartitionLane({
      topic,
      partition,
      savedPosition: savedPosition ?? start.readFrom,
      readFrom: start.readFrom,
      missing: start.missing,
      maxRecords,
      capacityBytes: Math.min(1, Math.max(0.25, share)) * MIB,
      deliver: (batch) => this.subscriber?.next(batch),
      onRoom: () => this.feed(lane),
      onFailed: (error) => this.readAgain(assignment, error),
    });
    lane.mark(ends.end, ends.at);
    assignment.lane = lane;
    this.lastLanes.set(partition, lane);
    this.feed(lane);
    return null;
  }

  private readAgain(assignment: Assignment, error: unknown): void {
    const { partition, lane, failures } = assignment;
    const { topic } = this.options;
    // The reader knows why, and tells it.
    this.logger.debug({ err: error, topic, partition }, 'A batch was not saved; it is read again.');
    if (!this.isCurrent(assignment)) return;
    this.begin(partition, lane?.hasSettled === true ? 1 : failures + 1);
  }

  private tellLost(partition: number, missing: OffsetRange): void {
    const { topic } = this.options;
    const message =
      `Records ${missing.from} to ${missing.to - 1n} of ${topic}/${partition} were deleted from the log ` +
      'before they were read. Ask the sender to publish them again, and keep records longer.';
    this.logger.error({ topic, partition, ...missing }, message);
    this.problems$.next({ kind: 'records-lost', partition, missing, message });
  }
}

function beyondEnd(
  topic: string,
  partition: number,
  { position, end }: { readonly position: bigint; readonly end: bigint },
): StreamProblem {
  const message =
    `The saved position ${position} of ${topic}/${partition} lies beyond the end of the log (${end}): ` +
    'the topic was made anew, or its server lost records. This partition is held, since reading on ' +
    'would skip records. Restore the topic, or set the position to an offset that the log has.';
  return { kind: 'position-beyond-end', partition, position, end, message };
}
