import { troubleOf } from '#store/database-trouble.js';
import type { Round } from './drain-outbox.js';

/** What a round that could not be claimed or marked is told as. */
export const DATABASE = 'database';

/** What a round changed about what is away. */
export interface TroubleChange {
  readonly began: readonly { readonly what: string; readonly error: unknown }[];
  readonly ended: readonly string[];
}

/** What keeps messages from leaving: the database, or the receiver of a channel; each is told of once, however often it fails. */
export class Troubles {
  private readonly open = new Map<string, string>();

  note(round: Round): TroubleChange {
    const began: { what: string; error: unknown }[] = [];
    const ended: string[] = [];
    const begin = (what: string, error: unknown) => {
      if (!this.open.has(what)) began.push({ what, error });
      const said = error instanceof Error ? error.message : String(error);
      this.open.set(what, what === DATABASE ? troubleOf(error).text : said);
    };
    const end = (what: string) => {
      if (this.open.delete(what)) ended.push(what);
    };
    if (round.error !== null) begin(DATABASE, round.error);
    else end(DATABASE);
    for (const { channel, sent, failed, error } of round.outcomes) {
      if (failed > 0) begin(channel, error);
      else if (sent > 0) end(channel);
    }
    return { began, ended };
  }

  /** Why messages wait; null where none does. `waiting`: channels that hold messages, which another process may have emptied. */
  reason(waiting: ReadonlySet<string>): string | null {
    const reasons = [...this.open].filter(([what]) => what === DATABASE || waiting.has(what));
    if (reasons.length === 0) return null;
    return reasons.map(([what, reason]) => `${what}: ${reason}`).join('; ');
  }
}
