import { randomBytes } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { LeafValue } from '#core/audit/audit-record.js';
import type { Instant } from '#core/event/event.js';
import { isPlainName, isSamePerson } from '#core/person-name.js';
import { AuditTrail } from '../audit-trail.js';
import { ensureMonths } from '../save-months.js';
import { emptyStep } from '../step-to-save.js';
import { withTransaction } from '../transaction.js';
import type { Writer } from '../writer.js';

/** Who does something with what is kept, and when; `at` is stamped once by the caller. */
export interface Doing {
  readonly actor: string;
  readonly at: Instant;
  /** Supervising authority; default `main`. */
  readonly tenant?: string;
}

/** What was asked cannot be done, and why; nothing was changed. */
export class KeepingError extends Error {
  constructor(
    readonly kind: 'missing' | 'refused' | 'second-person',
    message: string,
  ) {
    super(message);
    this.name = 'KeepingError';
  }
}

/** Id of a new hold, request or archive: short enough to be read out. */
export function newKeepingId(): string {
  return randomBytes(5).toString('hex');
}

/** The record of a step that belongs to no chain: `id` is the object with the step's name, so each is taken once. */
export interface Step {
  readonly action: string;
  /** E.g. `hold:3f9a0c11d2`. */
  readonly object: string;
  readonly schema: string;
  readonly fields: { readonly [key: string]: LeafValue };
}

/** A trail for one transaction of `doing`. */
export function trailOf({ actor, at, tenant = 'main' }: Doing): AuditTrail {
  return new AuditTrail({ time: at, actor, tenant, traceId: null });
}

/** Adds a step's record to a trail. */
export function appendStep(trail: AuditTrail, { action, object, schema, fields }: Step): void {
  const deed = { action, object, schema, ruleVersion: null, inputsDigest: null, fields };
  trail.appendAlone(`${object}#${action.slice(action.indexOf('.') + 1)}`, deed, null);
}

/**
 * Runs `work` in one transaction of the archivist and writes the records that it put into the trail. A crash before the
 * commit leaves nothing; the database refuses what it demands a second person or a record for.
 */
export async function keepingTransaction<T>(
  writer: Writer,
  doing: Doing,
  work: (client: PoolClient, trail: AuditTrail) => Promise<T>,
): Promise<T> {
  if (!isPlainName(doing.actor))
    throw new KeepingError(
      'refused',
      'The actor has blanks around it, or characters that are not seen',
    );
  await ensureMonths(writer, emptyStep(doing.actor, doing.at));
  return withTransaction(writer, async (client) => {
    const trail = trailOf(doing);
    const result = await work(client, trail);
    await trail.write(client);
    return result;
  });
}

/** Throws where the second person is the first, however the name is written (isSamePerson). */
export function demandOther(actor: string, first: string, what: string): void {
  if (isSamePerson(actor, first))
    throw new KeepingError('second-person', `${what} ${first}: another person has to decide`);
}
