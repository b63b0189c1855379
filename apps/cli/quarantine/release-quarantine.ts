import { createDecoder, type Decoded } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import type { Rejected } from '#core/event/rejection.js';
import { feedOf } from '#rulebook/city.js';
import type { QuarantineEntity } from '#store/entity/quarantine.entity.js';
import { closeWriter } from '#store/writer.js';
import type { EventLog } from '#streams/event-log.js';
import { CommandError, EXIT, readOptions } from '../command.js';
import { cityOf } from '../import/city-of.js';
import { openTargetLog } from '../import/target-log.js';
import { actorOf, DECISION_OPTIONS, reasonOf } from './decision-options.js';
import { decisionWriter, quarantined } from './quarantine-database.js';
import { idFrom } from './quarantine-id.js';
import { readBack } from './read-back.js';
import { rejectText } from './reject-text.js';
import { keysOf, sendAgain } from './send-again.js';

/** Links a record that was published again to its quarantined self. */
export const RELEASES_HEADER = 'mingcha-releases';

type Decode = (value: Uint8Array, headers: Readonly<Record<string, string>>) => Decoded;

/** mingcha quarantine release ID --reason TEXT: the same bytes, now that the configuration accepts them. */
export async function releaseQuarantine(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(args, DECISION_OPTIONS, 1);
  const quarantineId = idFrom(positionals, 'release');
  if (values.reason === undefined)
    throw new CommandError('quarantine release needs --reason TEXT: what has changed');
  const reasonText = reasonOf(values.reason);
  const actor = actorOf(values.actor);
  const city = cityOf(values.city ?? process.env.MINGCHA_CITY);
  const row = await quarantined(process.env, quarantineId);
  const decoder = createDecoder({ feeds: (source) => feedOf(city, source) });
  const digest = row.digest.toString('hex');
  const decode: Decode = (value, headers) =>
    decoder.decode({ value, headers, receivedAt: Date.now(), digest });

  const topic = values.topic ?? row.topic;
  const { log, partitions } = await openTargetLog(process.env, topic);
  const writer = decisionWriter(process.env);
  try {
    const { event, headers } = await acceptable(row, log, decode);
    const { source, id } = event;
    const outcome = await sendAgain({
      writer,
      log,
      topic,
      record: {
        value: row.raw,
        headers: { ...headers, [RELEASES_HEADER]: quarantineId },
      },
      keys: keysOf(event, partitions),
      decision: { quarantineId, to: 'released', reasonText, repairedBy: null, actor },
    });
    const state = outcome === 'sent' ? 'released' : 'was released before';
    process.stdout.write(
      `${JSON.stringify({ quarantineId, outcome: state, topic, source, id })}\n`,
    );
    return EXIT.ok;
  } finally {
    await closeWriter(writer);
    await log.close();
  }
}

interface Acceptable {
  readonly event: Event;
  readonly headers: Readonly<Record<string, string>>;
}

/** The record as it is accepted now. The attributes of binary mode stand in headers, which only the log has kept. */
async function acceptable(
  row: QuarantineEntity,
  log: EventLog,
  decode: Decode,
): Promise<Acceptable> {
  if (row.raw === null) throw refused({ reason: 'empty', field: null, params: {} });
  const structured = { 'content-type': 'application/cloudevents+json' };
  const decoded = decode(row.raw, structured);
  if (decoded.ok) return { event: decoded.event, headers: structured };
  if (decoded.rejected.reason !== 'not-cloudevents') throw refused(decoded.rejected);
  const headers = await keptHeaders(row, log);
  const again = decode(row.raw, headers);
  if (again.ok) return { event: again.event, headers };
  throw refused(again.rejected);
}

async function keptHeaders(
  row: QuarantineEntity,
  log: EventLog,
): Promise<Readonly<Record<string, string>>> {
  const { topic, partition, offset } = row;
  process.stderr.write('reading the headers of the record back from the event log\n');
  const record = await readBack(log, { topic, partition, offset: BigInt(offset) });
  const isSame = record !== null && Buffer.from(record.value ?? []).equals(row.raw ?? Buffer.of());
  if (isSame) return Object.fromEntries(Object.entries(record.headers).filter(isOwnHeader));
  throw new CommandError(
    `the bytes of ${row.quarantineId} are no CloudEvent by themselves, and the event log no longer keeps the headers ` +
      'that came with them. Write the event in structured form and use quarantine repair',
    EXIT.input,
  );
}

/** Ours are not the sender's: times and links of an earlier publication are left out. */
function isOwnHeader([name]: [string, string]): boolean {
  return !name.startsWith('mingcha-');
}

function refused(rejected: Pick<Rejected, 'reason' | 'field' | 'params'>): CommandError {
  const { text, repair } = rejectText(rejected, 'en');
  return new CommandError(
    `the record would only be quarantined again: ${text} ${repair} ` +
      'Release is for records that the configuration refused; correct the others with quarantine repair',
    EXIT.input,
  );
}
