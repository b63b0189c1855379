import type { Logger } from 'pino';
import { troubleOf } from '#store/database-trouble.js';

const FIRST_AGAIN_MS = 10_000;
const LONGEST_MS = 600_000;
/** A trouble that comes back within this time is the same one: it is not told anew. */
const SAME_WITHIN_MS = 60_000;

/** What an error means. */
export interface Trouble {
  /** Troubles of one kind have one cause, whatever they hit; `other` has a cause of its own each time. */
  readonly kind: string;
  readonly code: string | null;
  /** True where it can pass without a change of settings. */
  readonly passes: boolean;
  /** What is wrong and what to do, without a full stop at the end. */
  readonly text: string;
}

export interface Telling {
  /** Begins the sentence of the log: what becomes of it now. */
  readonly doing: string;
  readonly fields?: object;
  /** How the error is read; as one of the database where absent. */
  readonly judge?: (error: unknown) => Trouble;
}

/** One cause, whatever it hits. */
interface Cause {
  /** What it keeps from going on: a partition's batches, ticks, the start. */
  readonly hit: Set<string>;
  /** What was told of since it began. */
  readonly toldOf: Set<string>;
  text: string;
  /** Since it began. */
  failures: number;
  /** Whether it was told of since it last ended. */
  told: boolean;
  beganAt: number;
  endedAt: number;
  tellAt: number;
  pauseMs: number;
}

/**
 * What keeps a monitor from saving. A cause is told at its first failure, then at growing intervals (10 s, doubling, at
 * most 10 minutes) with the number of failures, and once when it is over; what else it hits is told once. How often
 * something is tried makes no difference. Health asks it for the reason.
 */
export class Troubles {
  private readonly causes = new Map<string, Cause>();

  constructor(
    private readonly logger: Logger,
    private readonly now: () => number = Date.now,
  ) {}

  /** `what` failed and will be tried again. */
  begin(what: string, error: unknown, told: Telling): Trouble {
    const trouble = (told.judge ?? troubleOf)(error);
    const key = trouble.kind === 'other' ? `other ${what}` : trouble.kind;
    for (const [other, cause] of this.causes) if (other !== key) this.moveOut(cause, what);
    const cause = this.causeOf(key, trouble.text);
    cause.hit.add(what);
    cause.failures += 1;
    const now = this.now();
    const { failures } = cause;
    if (now < cause.tellAt) {
      // What else the same cause hits is told once, in short.
      if (!cause.toldOf.has(what))
        this.logger.info({ what, code: trouble.code, failures, ...told.fields }, told.doing);
      cause.toldOf.add(what);
      return trouble;
    }
    cause.toldOf.add(what);
    const level = trouble.kind === 'away' ? 'warn' : 'error';
    this.logger[level](
      { err: error, what, code: trouble.code, failures, ...told.fields },
      `${told.doing}. ${trouble.text}. Nothing is lost; the monitor goes on by itself.`,
    );
    cause.told = true;
    cause.tellAt = now + cause.pauseMs;
    cause.pauseMs = Math.min(LONGEST_MS, cause.pauseMs * 2);
    return trouble;
  }

  /** `what` succeeded, or is no longer ours. */
  end(what: string): void {
    for (const cause of this.causes.values()) this.leave(cause, what);
  }

  /** Why nothing is saved, in words; null while everything goes well. */
  reason(): string | null {
    const open = [...this.causes.values()].filter(({ hit }) => hit.size > 0);
    if (open.length === 0) return null;
    return open.map(({ text, hit }) => `${[...hit].sort().join(', ')}: ${text}.`).join(' ');
  }

  private causeOf(key: string, text: string): Cause {
    const known = this.causes.get(key);
    const now = this.now();
    if (known !== undefined && (known.hit.size > 0 || now - known.endedAt < SAME_WITHIN_MS)) {
      known.text = text;
      return known;
    }
    const cause: Cause = {
      hit: new Set(),
      toldOf: new Set(),
      text,
      failures: 0,
      told: false,
      beganAt: now,
      endedAt: 0,
      tellAt: 0,
      pauseMs: FIRST_AGAIN_MS,
    };
    this.causes.set(key, cause);
    return cause;
  }

  /** It fails for another reason now. */
  private moveOut(cause: Cause, what: string): void {
    if (!cause.hit.delete(what) || cause.hit.size > 0) return;
    cause.endedAt = this.now();
    cause.told = false;
  }

  private leave(cause: Cause, what: string): void {
    if (!cause.hit.delete(what) || cause.hit.size > 0) return;
    cause.endedAt = this.now();
    // Told only where the trouble was told of since it last ended: one that flickers would fill the log.
    if (!cause.told) return;
    cause.told = false;
    const seconds = Math.round((cause.endedAt - cause.beganAt) / 1_000);
    const { failures, text } = cause;
    this.logger.info(
      { failures, seconds },
      `over after ${seconds} s (${failures} failures): ${text}`,
    );
  }
}
