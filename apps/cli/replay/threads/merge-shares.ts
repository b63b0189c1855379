import { compareText } from '../../log/event-order.js';
import type { CasesJudged } from './share-requests.js';

/** Requests that a thread has before it while its answers are awaited, so that it is never idle for want of one. */
const AHEAD = 3;

/** The printed cases of one share, in order; asks for more before what is there is used up. */
class ShareCursor {
  private readonly asked: Promise<CasesJudged>[] = [];
  private printed: readonly string[] = [];
  private at = 0;
  private done = false;

  constructor(
    private readonly next: () => Promise<CasesJudged>,
    private readonly onJudged: (events: number) => void,
  ) {
    while (this.asked.length < AHEAD) this.asked.push(next());
  }

  get caseId(): string {
    return this.printed[this.at] ?? '';
  }

  /** Makes the next case the current one. False where there is none left. */
  async advance(): Promise<boolean> {
    this.at += 2;
    while (this.at >= this.printed.length) {
      if (this.done) return false;
      const { printed, events, done } = await (this.asked.shift() as Promise<CasesJudged>);
      this.onJudged(events);
      this.printed = printed;
      this.at = 0;
      this.done = done;
      if (!done) this.asked.push(this.next());
    }
    return true;
  }

  get text(): string {
    return this.printed[this.at + 1] ?? '';
  }
}

/**
 * The texts of all shares in the order of the ids of their cases. Each share is asked for more as it is used up, so that
 * of none more than a few answers are in memory.
 */
export async function* mergeShares(
  shares: readonly (() => Promise<CasesJudged>)[],
  onJudged: (events: number) => void,
): AsyncIterable<string> {
  let cursors: ShareCursor[] = [];
  for (const cursor of shares.map((next) => new ShareCursor(next, onJudged)))
    if (await cursor.advance()) cursors.push(cursor);
  while (cursors.length > 0) {
    const least = cursors.reduce((a, b) => (compareText(b.caseId, a.caseId) < 0 ? b : a));
    yield least.text;
    if (!(await least.advance())) cursors = cursors.filter((one) => one !== least);
  }
}
