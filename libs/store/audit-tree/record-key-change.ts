import type { Instant } from '#core/event/event.js';
import { AuditTrail } from '../audit-trail.js';
import { withTransaction } from '../transaction.js';
import type { Writer } from '../writer.js';

export interface KeyChange {
  /** Name of the log; where it goes on under another name, that of before. */
  readonly origin: string;
  /** Verifier keys; neither is a secret. */
  readonly before: string;
  readonly after: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: Instant;
}

/**
 * Records that a log's key is followed by another: from its leaf on, whoever trusts the old key has been told of the new one,
 * under the old one's signature. Where the log goes on under another name, no key of the old one signs any more, and the record
 * says in the new log which one it continues. Gives the record's id.
 */
export async function recordKeyChange(writer: Writer, change: KeyChange): Promise<string> {
  const { origin, before, after, reason, actor, at } = change;
  const id = `log-key:${origin}@${at}`;
  await writer.pool.query("select ensure_month('audit_record', $1)", [new Date(at)]);
  await withTransaction(writer, async (client) => {
    const trail = new AuditTrail({ time: at, actor, tenant: 'main', traceId: null });
    trail.appendAlone(
      id,
      {
        action: 'key.rotated',
        object: `log-key:${origin}`,
        schema: 'mingcha.key-rotated/1',
        ruleVersion: null,
        inputsDigest: null,
        fields: { origin, before, after, reason },
      },
      null,
    );
    await trail.write(client);
  });
  return id;
}
