import type { PoolClient } from 'pg';
import type { Event } from '#core/event/event.js';
import { isForEveryPartition } from '#core/event/every-partition.js';
import { saveStepIn } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { withTransaction } from '#store/transaction.js';
import type { Writer } from '#store/writer.js';
import type { EventLog, OutgoingRecord } from '#streams/event-log.js';
import { RecordRefused } from '#streams/event-log.js';
import { keyPerPartition } from '#streams/key-per-partition.js';
import { CommandError, EXIT } from '../command.js';
import { errorText } from '../log/input-error.js';
import { databaseAway } from './quarantine-database.js';

export interface Decision {
  readonly quarantineId: string;
  readonly to: 'repaired' | 'released';
  readonly reasonText: string;
  /** The event that stands for the record now; null where its own bytes were published. */
  readonly repairedBy: string | null;
  readonly actor: string;
}

/** An event of a case goes to its partition; one about feeds and a reference fact go to every partition. */
export function keysOf(event: Pick<Event, 'type' | 'subject'>, partitions: number): string[] {
  return isForEveryPartition(event.type) ? keyPerPartition(partitions) : [event.subject];
}

export interface SendAgain {
  readonly writer: Writer;
  readonly log: EventLog;
  readonly topic: string;
  readonly record: Omit<OutgoingRecord, 'key'>;
  /** Keys under which it is published: that of its case, or one for each partition. */
  readonly keys: readonly string[];
  readonly decision: Decision;
}

interface Standing {
  readonly state: string;
  readonly decided_at: Date | null;
  readonly decided_by: string | null;
  readonly repaired_by: string | null;
}

/**
 * Publishes a record in place of a quarantined one and saves the decision, in this order, while nobody else can decide
 * on it. A crash after the publication leaves the record waiting: the same command again publishes the same bytes, which
 * have no effect a second time, and saves the decision. Resolves to `already` where exactly this was decided before.
 * @throws CommandError that says what was done and what was not
 */
export async function sendAgain(send: SendAgain): Promise<'sent' | 'already'> {
  let published = false;
  try {
    return await withTransaction(send.writer, async (client) => {
      if (await isDecided(client, send.decision)) return 'already';
      await publish(send);
      published = true;
      await saveStepIn(client, send.writer, stepOf(send.decision, Date.now()));
      return 'sent';
    });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw databaseAway(
      error,
      published
        ? 'The record is published, the decision is not saved: run the same command again, which publishes nothing new'
        : 'Nothing was published and nothing decided',
    );
  }
}

async function isDecided(client: PoolClient, decision: Decision): Promise<boolean> {
  const { rows } = await client.query<Standing>(
    `select state, decided_at, decided_by, repaired_by from quarantine where quarantine_id = $1 for update`,
    [decision.quarantineId],
  );
  const [standing] = rows;
  if (standing === undefined)
    throw new CommandError(`there is no quarantined record '${decision.quarantineId}'`, EXIT.input);
  if (standing.state === 'waiting') return false;
  if (standing.state === decision.to && standing.repaired_by === decision.repairedBy) return true;
  const by = standing.repaired_by === null ? '' : ` as ${standing.repaired_by}`;
  throw new CommandError(
    `the record was ${standing.state}${by} by ${standing.decided_by} at ${standing.decided_at?.toISOString()}; ` +
      'a decision is not taken twice. To change the event once more, its source sends a new version of it',
    EXIT.input,
  );
}

async function publish({ log, topic, record, keys }: SendAgain): Promise<void> {
  try {
    await log.publish(
      topic,
      keys.map((key) => ({ ...record, key })),
    );
  } catch (error) {
    if (error instanceof RecordRefused)
      throw new CommandError(`${errorText(error)}. Nothing was decided`, EXIT.input);
    throw new CommandError(
      `the event log failed: ${errorText(error)}. The record may have arrived or not, and nothing is decided: ` +
        'run the same command again, a record that has arrived has no effect a second time',
      EXIT.unreachable,
    );
  }
}

function stepOf({ quarantineId, to, reasonText, repairedBy, actor }: Decision, at: number) {
  return {
    ...emptyStep(actor, at),
    quarantineDecisions: [{ quarantineId, to, reasonText, repairedBy, at }],
  };
}
