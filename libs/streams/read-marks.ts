interface Mark {
  readonly offset: bigint;
  readonly at: number;
}

const MOST_MARKS = 256;

/**
 * Where the end of a partition was at which instant. Once everything before a mark's offset is
 * settled, the partition has been read to its end through the mark's instant; a reader that lags
 * thus still knows through which instant it has read.
 */
export class ReadMarks {
  private marks: Mark[] = [];
  private reachedAt: number | null = null;

  /** Marks come in the order of their instants; one that would go back in time is ignored. */
  add(offset: bigint, at: number): void {
    const last = this.marks.at(-1);
    if (last !== undefined && (at < last.at || offset < last.offset)) return;
    if (last !== undefined && last.offset === offset) this.marks.pop();
    this.marks.push({ offset, at });
    // A long backlog keeps a coarser grid: forgetting a mark only makes the answer earlier.
    if (this.marks.length > MOST_MARKS)
      this.marks = this.marks.filter((_, index) => index % 2 === 1);
  }

  /** The latest instant whose mark lies at or before `position`; null before the first. */
  reached(position: bigint): number | null {
    let count = 0;
    for (const mark of this.marks) {
      if (mark.offset > position) break;
      this.reachedAt = mark.at;
      count++;
    }
    // The last mark reached stays: a later mark of equal offset must be able to replace it.
    if (count > 1) this.marks.splice(0, count - 1);
    return this.reachedAt;
  }
}
