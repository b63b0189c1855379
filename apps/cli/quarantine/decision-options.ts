import { userInfo } from 'node:os';
import { CommandError } from '../command.js';

/** Options that every decision on a quarantined record takes. */
export const DECISION_OPTIONS = {
  reason: { type: 'string' },
  actor: { type: 'string' },
  topic: { type: 'string' },
  city: { type: 'string' },
} as const;

const MOST_REASON = 2_000;
const MOST_ACTOR = 100;

/** Who decides, as the audit record names them. */
export function actorOf(given: string | undefined): string {
  const actor = given ?? `operator:${userInfo().username}`;
  if (actor.trim() === '' || actor.length > MOST_ACTOR || /\p{Cc}/u.test(actor))
    throw new CommandError(`--actor takes a name of 1 to ${MOST_ACTOR} characters`);
  return actor;
}

/** The reason of a decision. @throws CommandError where it is empty, too long or not storable as text */
export function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason === '') throw new CommandError('--reason is empty: say in words why');
  if (reason.length > MOST_REASON)
    throw new CommandError(`--reason has ${reason.length} characters; at most ${MOST_REASON}`);
  if (reason.includes('\u0000') || !reason.isWellFormed())
    throw new CommandError('--reason holds characters that cannot be stored');
  return reason;
}
