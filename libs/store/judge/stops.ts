import type { Anchor } from './tree-judge.js';

/** A size of the tree at which something is compared. */
export interface Stop {
  readonly size: number;
  readonly anchor: Anchor | null;
  readonly indexSize: number | null;
}

/** Sizes at which the walk through the log stops, in order. */
export class Stops {
  private readonly list: readonly Stop[];
  private at = 0;

  constructor(
    anchors: readonly Anchor[],
    indexSizes: readonly number[],
    private readonly onStop: (stop: Stop) => void,
  ) {
    this.list = [
      ...anchors.map((anchor) => ({ size: anchor.size, anchor, indexSize: null })),
      ...indexSizes.map((size) => ({ size, anchor: null, indexSize: size })),
    ].sort((one, other) => one.size - other.size);
  }

  /** Size of the next stop; infinite where there is none. */
  get nextAt(): number {
    return this.list[this.at]?.size ?? Number.POSITIVE_INFINITY;
  }

  /** Stops at all that ask for exactly this size; those below it cannot be answered any more and are passed over. */
  reach(size: number): void {
    for (let stop = this.list[this.at]; stop !== undefined && stop.size <= size; ) {
      if (stop.size === size) this.onStop(stop);
      this.at += 1;
      stop = this.list[this.at];
    }
  }
}
