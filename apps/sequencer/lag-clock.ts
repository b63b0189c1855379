/** Samples that are kept; at four a second those of the last 17 minutes. */
const MOST = 4_096;

/**
 * Tells how old a record is that has no place yet, by its transaction's number: the time of record would be the writer's
 * word. Transactions are numbered in the order in which they first write, so one with number x began after every
 * moment at which the server's next number was still at most x.
 */
export class LagClock {
  private readonly samples: { xid: bigint; at: number }[] = [];
  private from: number;

  /** @param startedAt since when the server is watched, ms; older records count from here */
  constructor(startedAt: number) {
    this.from = startedAt;
  }

  /** At this moment (ms) the server's next transaction had this number. */
  note(nextXid: bigint, at: number): void {
    const last = this.samples.at(-1);
    if (last?.xid === nextXid) {
      last.at = at;
      return;
    }
    this.samples.push({ xid: nextXid, at });
    if (this.samples.length <= MOST) return;
    this.from = this.samples.shift()?.at ?? this.from;
  }

  /** Age in ms, at most, of what the transaction with this number has written. */
  ageOf(xid: bigint, now: number): number {
    const before = this.samples.findLast((sample) => sample.xid <= xid);
    return now - (before?.at ?? this.from);
  }
}
