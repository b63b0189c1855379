import type { Pool } from 'pg';
import type { Instant } from '#core/event/event.js';

export interface ClaimedMessage {
  /** Idempotency key: the receiver may see it twice after a crash, never two keys for one message. */
  readonly messageId: string;
  readonly channel: string;
  readonly key: string;
  readonly payload: unknown;
  /** 1 at the first try. */
  readonly attempts: number;
}

/** Marks messages as sent at `at`, once their receiver has them. */
export async function markSent(
  pool: Pool,
  messageIds: readonly string[],
  at: Instant,
): Promise<void> {
  await pool.query(
    'update outbox set sent_at = to_timestamp($2::float8 / 1000), last_error = null where message_id = any($1)',
    [messageIds, at],
  );
}
