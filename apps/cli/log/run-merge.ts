import { compareText } from './event-order.js';
import { type RunLine, RunReader } from './spilled-run.js';

/** Lines of several runs as one, in the order of the ids of their cases. Holds a block and a line of each run in memory. */
export class RunMerge implements Iterable<RunLine> {
  private readonly open: RunReader[] = [];

  /** `files`: runs as writeRun wrote them, each in order; each is removed once it was read to its end. */
  constructor(private readonly files: readonly string[]) {}

  *[Symbol.iterator](): Iterator<RunLine> {
    const heap = new RunHeap();
    for (const file of this.files) {
      const reader = new RunReader(file);
      this.open.push(reader);
      heap.push(reader);
    }
    for (let line = heap.pop(); line !== null; line = heap.pop()) yield line;
  }

  /** Closes what is still open; for a consumer that stops early. */
  close(): void {
    for (const reader of this.open) reader.close();
  }
}

interface Head {
  line: RunLine;
  readonly reader: RunReader;
}

/** Binary heap of runs by their next line. */
class RunHeap {
  private readonly heads: Head[] = [];

  push(reader: RunReader): void {
    const line = reader.next();
    if (line === null) return;
    this.heads.push({ line, reader });
    let child = this.heads.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.swapIfAfter(parent, child)) return;
      child = parent;
    }
  }

  /** The first line of all runs, or null where all are at their end. */
  pop(): RunLine | null {
    const [top] = this.heads;
    if (top === undefined) return null;
    const { line } = top;
    const following = top.reader.next();
    if (following !== null) top.line = following;
    else {
      const last = this.heads.pop();
      if (last !== undefined && last !== top) this.heads[0] = last;
    }
    this.sink();
    return line;
  }

  private sink(): void {
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const right = left + 1;
      if (left >= this.heads.length) return;
      const least = right < this.heads.length && this.isAfter(left, right) ? right : left;
      if (!this.swapIfAfter(parent, least)) return;
      parent = least;
    }
  }

  private isAfter(a: number, b: number): boolean {
    const [first, second] = [this.heads[a], this.heads[b]];
    return (
      first !== undefined &&
      second !== undefined &&
      compareText(first.line.caseId, second.line.caseId) > 0
    );
  }

  private swapIfAfter(parent: number, child: number): boolean {
    const [upper, lower] = [this.heads[parent], this.heads[child]];
    if (upper === undefined || lower === undefined) return false;
    if (compareText(upper.line.caseId, lower.line.caseId) <= 0) return false;
    this.heads[parent] = lower;
    this.heads[child] = upper;
    return true;
  }
}
