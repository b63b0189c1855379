import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Subject } from 'rxjs';
import { listenForAlerts } from '#store/alert-feed.js';

const RETRY_MS = 1_000;

/**
 * Tells every open stream that the alert feed has something new: one listening connection for all of them, taken when
 * the first stream opens. It only hastens: streams also look by themselves, so a lost signal loses no alert.
 */
export class AlertSignal {
  readonly changed$ = new Subject<void>();
  private stop: (() => Promise<void>) | null = null;
  private started = false;
  private closed = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly pool: Pool,
    private readonly logger: Logger,
  ) {}

  /** Begins to listen where nobody has yet. */
  start(): void {
    if (this.started || this.closed) return;
    this.started = true;
    void this.listen();
  }

  private async listen(): Promise<void> {
    try {
      const stop = await listenForAlerts(
        this.pool,
        () => this.changed$.next(),
        (error) => this.again(error),
      );
      if (this.closed) await stop();
      else this.stop = stop;
    } catch (error) {
      this.again(error);
    }
  }

  private again(error: unknown): void {
    this.stop = null;
    if (this.closed) return;
    this.logger.warn({ err: error }, 'Listening for alerts broke off; trying again');
    this.timer = setTimeout(() => void this.listen(), RETRY_MS);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.stop?.();
    this.changed$.complete();
  }
}
