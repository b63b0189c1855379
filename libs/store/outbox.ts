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

/**
 * Claims up to `limit` messages that are due at `now` for `claimMs`, oldest first. A notifier that dies leaves its
 * messages to others once the claim has run out.
 */
export async function claimMessages(
  pool: Pool,
  claim: { readonly limit: number; readonly now: Instant; readonly claimMs: number },
): Promise<ClaimedMessage[]> {
  const found = await pool.query<ClaimedMessage>(
    `update outbox o set attempts = o.attempts + 1, claimed_until = to_timestamp(($2::float8 + $3) / 1000)
     from (
       select message_id from outbox
       where sent_at is null and not_before <= to_timestamp($2::float8 / 1000)
         and (claimed_until is null or claimed_until <= to_timestamp($2::float8 / 1000))
       order by not_before, message_id limit $1 for update skip locked) due
     where o.message_id = due.message_id
     returning o.message_id as "messageId", o.channel, o.key, o.payload, o.attempts`,
    [claim.limit, claim.now, claim.claimMs],
  );
  return found.rows;
}

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

/** Keeps the message for another try at `retryAt`. */
export async function markFailed(
  pool: Pool,
  failed: { readonly messageId: string; readonly error: string; readonly retryAt: Instant },
): Promise<void> {
  await pool.query(
    `update outbox set last_error = $2, claimed_until = to_timestamp($3::float8 / 1000)
     where message_id = $1 and sent_at is null`,
    [failed.messageId, failed.error, failed.retryAt],
  );
}
