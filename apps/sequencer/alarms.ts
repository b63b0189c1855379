import type { Logger } from 'pino';

const FIRST_AGAIN_MS = 10_000;
const LONGEST_MS = 600_000;

/** What can be wrong with the audit tree's processes; each has a figure of its own. */
export const ALARMS = [
  'database',
  'lag',
  'signer',
  'witness',
  'quorum',
  'index',
  'timestamp',
] as const;
export type AlarmKind = (typeof ALARMS)[number];

interface Open {
  text: string;
  readonly since: number;
  tellAt: number;
  pauseMs: number;
}

/**
 * Alarms that are open, by kind and what they are about. Each is logged when it begins, then at growing intervals (10 s,
 * doubling, at most 10 minutes), and when it is over; health and figures show those that are open.
 */
export class Alarms {
  private readonly open = new Map<string, Open>();

  constructor(
    private readonly logger: Logger,
    private readonly now: () => number = Date.now,
  ) {}

  /** @param about which witness, for example; empty where there is one only */
  begin(kind: AlarmKind, text: string, about = ''): void {
    const key = `${kind} ${about}`;
    const now = this.now();
    const known = this.open.get(key) ?? { text, since: now, tellAt: 0, pauseMs: FIRST_AGAIN_MS };
    known.text = text;
    this.open.set(key, known);
    if (now < known.tellAt) return;
    known.tellAt = now + known.pauseMs;
    known.pauseMs = Math.min(LONGEST_MS, known.pauseMs * 2);
    this.logger.error({ alarm: kind, seconds: Math.round((now - known.since) / 1_000) }, text);
  }

  end(kind: AlarmKind, about = ''): void {
    const key = `${kind} ${about}`;
    const known = this.open.get(key);
    if (known === undefined) return;
    this.open.delete(key);
    const seconds = Math.round((this.now() - known.since) / 1_000);
    this.logger.info({ alarm: kind, seconds }, `over: ${known.text}`);
  }

  /** Those that are open, in the order in which they began. */
  list(): { readonly alarm: AlarmKind; readonly text: string; readonly since: string }[] {
    return [...this.open].map(([key, { text, since }]) => ({
      alarm: key.split(' ')[0] as AlarmKind,
      text,
      since: new Date(since).toISOString(),
    }));
  }
}
