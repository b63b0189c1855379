import { randomUUID } from 'node:crypto';
import type { Instant } from '#core/event/event.js';
import { AuditTrail } from './audit-trail.js';
import { ensureMonths } from './save-months.js';
import { emptyStep } from './step-to-save.js';
import type { Writer } from './writer.js';

/** That somebody is about to be shown a case, an alert or a record of the trail. */
export interface LookUp {
  /** Plain id of who asks, as it was given. */
  readonly actor: string;
  readonly at: Instant;
  /** E.g. `case:feed-a/SP1`, `alert:77…`. */
  readonly object: string;
  /** Why, and the number of the inquiry it is for, where they were given. */
  readonly purpose: string | null;
  readonly caseNo: string | null;
  readonly requestId: string;
}

/**
 * Writes the record of a look-up (action `access.queried`). Once this resolves the record is committed, so the caller
 * answers afterwards; where it throws (the database's own error) nothing was recorded and nothing may be shown. Stands
 * in no chain: the tree alone protects it. A crash in between leaves a look-up on record that nobody was answered.
 */
export async function recordLookUp(writer: Writer, lookUp: LookUp, tenant = 'main'): Promise<void> {
  const { actor, at, object, purpose, caseNo, requestId } = lookUp;
  await ensureMonths(writer, emptyStep(actor, at));
  const trail = new AuditTrail({ time: at, actor, tenant, traceId: null });
  trail.appendAlone(
    `look-up:${randomUUID()}`,
    {
      action: 'access.queried',
      object,
      schema: 'mingcha.access-queried/1',
      ruleVersion: null,
      inputsDigest: null,
      fields: { caseNo, purpose, requestId },
    },
    null,
  );
  const client = await writer.pool.connect();
  let broken: Error | undefined;
  try {
    await trail.write(client);
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}
