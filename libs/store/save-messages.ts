import type { PoolClient } from 'pg';
import { type ArrayElement, arrayLiteral } from './array-literal.js';
import type { MessageToSave, StepToSave } from './step-to-save.js';
import { storableJson } from './storable-text.js';

/** Puts messages into the outbox; the same message id again has no effect, so a redo sends nothing twice. */
export async function saveMessages(client: PoolClient, step: StepToSave): Promise<void> {
  if (step.messages.length === 0) return;
  const all = (value: (message: MessageToSave) => ArrayElement): string =>
    arrayLiteral(step.messages.map(value));
  await client.query(
    `insert into outbox (message_id, channel, key, payload, created_at, not_before, tenant)
     select u.message_id, u.channel, u.key, u.payload, to_timestamp($1::float8 / 1000),
       to_timestamp(u.not_before / 1000), $2
     from rows from (unnest($3::text[], $4::text[], $5::text[], $7::float8[]), jsonb_array_elements($6::jsonb))
       as u (message_id, channel, key, not_before, payload)
     order by u.message_id
     on conflict do nothing`,
    [
      step.savedAt,
      step.tenant,
      all((message) => message.messageId),
      all((message) => message.channel),
      all((message) => message.key),
      // One document: in an array of texts every quotation mark of every payload would have to be escaped.
      `[${step.messages.map((message) => storableJson(message.payload)).join(',')}]`,
      all((message) => message.notBefore),
    ],
  );
}
