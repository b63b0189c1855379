import type { Pool } from 'pg';
import {
  catchError,
  defer,
  from,
  mergeMap,
  type Observable,
  of,
  reduce,
  repeat,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { type ClaimedMessage, markSent } from '#store/outbox.js';
import { retryPauseMs } from '#streams/retry-pause.js';
import { type Channel, MessageRefused } from './channel.js';
import { claimMessages, keepForRetry } from './claim-messages.js';
import { refusedAfterMs, retryAfterMs } from './retry-after.js';

/** How long messages stay in one process's hands; one that dies delays them by as much. */
const CLAIM_MS = 60_000;

export interface Outbox {
  readonly pool: Pool;
  readonly channels: readonly Channel[];
  readonly claimLimit: number;
  readonly pollMs: number;
}

/** What became of the messages of one channel in one round. */
export interface SendOutcome {
  readonly channel: string;
  readonly sent: number;
  /** To be tried again soon: the receiver is away. */
  readonly failed: number;
  /** Not taken by the receiver as they are. */
  readonly refused: number;
  readonly error: unknown;
}

export interface Round {
  readonly claimed: number;
  readonly outcomes: readonly SendOutcome[];
  /** Why nothing could be claimed or marked (the database is away); null otherwise. */
  readonly error: unknown;
}

const NOTHING: Round = { claimed: 0, outcomes: [], error: null };

/**
 * Rounds of claiming, sending and marking, one after the other, until `stop$` emits; the round in hand is finished. At
 * once again while the outbox is full, after `pollMs` when it is empty, after a pause that grows from 0.2 s to 10 s while
 * a receiver or the database is away. A crash leaves what was claimed to any process once the claim has run out, so every
 * message is sent at least once, and a repeat carries the same id.
 */
export function drainOutbox(outbox: Outbox, stop$: Observable<unknown>): Observable<Round> {
  let troubles = 0;
  const pauseAfter = (round: Round): number => {
    troubles = isTroubled(round) ? troubles + 1 : 0;
    if (troubles > 0) return retryPauseMs(troubles - 1);
    return round.claimed >= outbox.claimLimit ? 0 : outbox.pollMs;
  };
  let pauseMs = 0;
  return defer(() => claimMessages(outbox.pool, claimOf(outbox))).pipe(
    mergeMap((claimed) => from(byChannel(claimed))),
    mergeMap(([channel, messages]) => deliver(messages, channelOf(outbox, channel), outbox.pool)),
    reduce(addOutcome, NOTHING),
    catchError((error: unknown) => of({ ...NOTHING, error })),
    tap((round) => {
      pauseMs = pauseAfter(round);
    }),
    repeat({ delay: () => timer(pauseMs).pipe(takeUntil(stop$)) }),
  );
}

function claimOf({ channels, claimLimit }: Outbox) {
  return { channels: channels.map(({ name }) => name), limit: claimLimit, claimMs: CLAIM_MS };
}

/** True where going on at once would only fail again. */
function isTroubled({ error, outcomes }: Round): boolean {
  if (error !== null) return true;
  return outcomes.some(({ failed }) => failed > 0) && outcomes.every(({ sent }) => sent === 0);
}

function byChannel(messages: readonly ClaimedMessage[]): Map<string, ClaimedMessage[]> {
  return Map.groupBy(messages, ({ channel }) => channel);
}

function channelOf(outbox: Outbox, name: string): Channel {
  const channel = outbox.channels.find((one) => one.name === name);
  if (channel === undefined) throw new Error(`a message of channel '${name}' was claimed unasked`);
  return channel;
}

function addOutcome(round: Round, outcome: SendOutcome): Round {
  const { sent, failed, refused } = outcome;
  return {
    ...round,
    claimed: round.claimed + sent + failed + refused,
    outcomes: [...round.outcomes, outcome],
  };
}

/**
 * Sends messages of one channel and marks them. Of a lot in which something is refused each half is sent on its own, in
 * order, until the message at fault stands alone.
 */
async function deliver(
  messages: readonly ClaimedMessage[],
  channel: Channel,
  pool: Pool,
): Promise<SendOutcome> {
  const ids = messages.map(({ messageId }) => messageId);
  try {
    await channel.send(messages);
  } catch (error) {
    const refused = error instanceof MessageRefused;
    if (refused && messages.length > 1) {
      const middle = Math.ceil(messages.length / 2);
      const first = await deliver(messages.slice(0, middle), channel, pool);
      return joined(first, await deliver(messages.slice(middle), channel, pool));
    }
    const attempts = Math.max(...messages.map((message) => message.attempts));
    await keepForRetry(pool, {
      messageIds: ids,
      error: error instanceof Error ? error.message : String(error),
      pauseMs: refused ? refusedAfterMs() : retryAfterMs(attempts),
      refused,
    });
    const count = messages.length;
    return refused
      ? { channel: channel.name, sent: 0, failed: 0, refused: count, error }
      : { channel: channel.name, sent: 0, failed: count, refused: 0, error };
  }
  // A crash here, and the messages are sent a second time under the same ids.
  await markSent(pool, ids, Date.now());
  return { channel: channel.name, sent: messages.length, failed: 0, refused: 0, error: null };
}

function joined(one: SendOutcome, other: SendOutcome): SendOutcome {
  return {
    channel: one.channel,
    sent: one.sent + other.sent,
    failed: one.failed + other.failed,
    refused: one.refused + other.refused,
    error: one.error ?? other.error,
  };
}
