import type { Subject } from 'rxjs';
import type { StreamProblem } from './event-log.js';
import type { StreamLogger } from './stream-logger.js';

/** Tells once that a server cannot be used, and once that it can be again, however often it is tried. */
export class Outage {
  private since: number | null = null;

  constructor(
    private readonly name: string,
    private readonly logger: StreamLogger,
    private readonly problems$: Subject<StreamProblem>,
  ) {}

  begin(kind: 'unreachable' | 'topic-missing', error: unknown): void {
    if (this.since !== null) return;
    this.since = Date.now();
    const reason = error instanceof Error ? error.message : String(error);
    const message =
      kind === 'topic-missing'
        ? `${reason} Waiting until it does.`
        : `${this.name} cannot be reached (${reason}). Nothing is lost; reading goes on when it is back.`;
    this.logger.warn({ err: error }, message);
    this.problems$.next({ kind, message });
  }

  end(): void {
    if (this.since === null) return;
    const seconds = Math.round((Date.now() - this.since) / 1000);
    this.since = null;
    const message = `${this.name} is back after ${seconds} s.`;
    this.logger.info({ seconds }, message);
    this.problems$.next({ kind: 'recovered', message });
  }
}
