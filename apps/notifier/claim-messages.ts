import type { Pool } from 'pg';
import type { ClaimedMessage } from '#store/outbox.js';

interface ClaimedRow extends ClaimedMessage {
  readonly notBefore: Date;
}

export interface Claim {
  readonly channels: readonly string[];
  readonly limit: number;
  readonly claimMs: number;
}

/** `last_error` of a message that its receiver can never take begins with it; such a message holds nothing back. */
const REFUSED = 'refused: ';

/** One claim at a time: what another claim has just taken must be visible, or a key could be in two hands. */
const ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('mingcha outbox claim'))";

/**
 * A key of which a message is in somebody's hands, or waits for its next try, is left alone: its messages reach the
 * receiver in their order. Ties stay together, since messages of one step share `not_before`.
 */
const CLAIM = `
update outbox o
set attempts = o.attempts + 1, claimed_until = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
from (
  select message_id from outbox
  where sent_at is null and not_before <= clock_timestamp() and channel = any($1)
    and (claimed_until is null or claimed_until <= clock_timestamp())
    and (channel, key) not in (
      select channel, key from outbox
      where sent_at is null and claimed_until > clock_timestamp()
        and coalesce(left(last_error, ${REFUSED.length}), '') <> '${REFUSED}')
  order by not_before fetch first $2 rows with ties) due
where o.message_id = due.message_id and o.sent_at is null
returning o.message_id as "messageId", o.channel, o.key, o.payload, o.attempts, o.not_before as "notBefore"`;

/** The monitor numbers the messages of one step at the end of their ids. */
function numberInStep(messageId: string): number {
  return Number(/\d+$/.exec(messageId)?.[0] ?? 0);
}

function inOrder(one: ClaimedRow, other: ClaimedRow): number {
  const byTime = one.notBefore.getTime() - other.notBefore.getTime();
  if (byTime !== 0) return byTime;
  const byNumber = numberInStep(one.messageId) - numberInStep(other.messageId);
  if (byNumber !== 0) return byNumber;
  return one.messageId < other.messageId ? -1 : 1;
}

/**
 * Claims the messages of these channels that are due by the database's clock, oldest first, for `claimMs`; any number of
 * processes may do so at once. About `limit` of them: messages of the same instant are taken together. In the order in
 * which they are to be sent. A process that dies leaves its messages to others once the claim has run out; messages of
 * other channels are not touched.
 */
export async function claimMessages(pool: Pool, claim: Claim): Promise<ClaimedMessage[]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    await client.query(ONE_AT_A_TIME);
    const found = await client.query<ClaimedRow>(CLAIM, [
      claim.channels,
      claim.limit,
      claim.claimMs,
    ]);
    await client.query('commit');
    return found.rows.sort(inOrder);
  } catch (error) {
    await client.query('rollback').catch((lost: Error) => {
      broken = lost;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

export interface FailedSend {
  readonly messageIds: readonly string[];
  readonly error: string;
  readonly pauseMs: number;
  /** True: the receiver will not take it as it is; what follows under the same key goes ahead. */
  readonly refused: boolean;
}

/** Keeps messages for another try after a pause. */
export async function keepForRetry(pool: Pool, failed: FailedSend): Promise<void> {
  const text = `${failed.refused ? REFUSED : ''}${failed.error}`.replaceAll('\u0000', '');
  await pool.query(
    `update outbox set last_error = $2, claimed_until = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
     where message_id = any($1) and sent_at is null`,
    [failed.messageIds, text.slice(0, 1_000), failed.pauseMs],
  );
}

export interface WaitingMessages {
  readonly channel: string;
  readonly messages: number;
  /** How long the oldest has been due, seconds; 0 where none is due yet. */
  readonly oldestSeconds: number;
}

/** What the outbox still holds, by channel. */
export async function countWaiting(pool: Pool): Promise<WaitingMessages[]> {
  const found = await pool.query<WaitingMessages>(
    `select channel, count(*)::int as messages,
       greatest(0, extract(epoch from clock_timestamp() - min(not_before)))::float8 as "oldestSeconds"
     from outbox where sent_at is null group by channel order by channel`,
  );
  return found.rows;
}
