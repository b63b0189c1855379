import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createDecoder } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import { feedOf } from '#rulebook/city.js';
import type { QuarantineEntity } from '#store/entity/quarantine.entity.js';
import { closeWriter } from '#store/writer.js';
import { CommandError, EXIT, readOptions } from '../command.js';
import { cityOf } from '../import/city-of.js';
import { openTargetLog } from '../import/target-log.js';
import { InputError } from '../log/input-error.js';
import { actorOf, DECISION_OPTIONS, reasonOf } from './decision-options.js';
import { decisionWriter, quarantined } from './quarantine-database.js';
import { idFrom } from './quarantine-id.js';
import { rejectText } from './reject-text.js';
import { keysOf, sendAgain } from './send-again.js';

/** Links a repaired event to the quarantined record that it stands for. */
export const REPAIRS_HEADER = 'mingcha-repairs';

/** The decoder's own limit is lower; a file beyond this one is not even read. */
const MOST_BYTES = 16 * 1024 * 1024;

/** mingcha quarantine repair ID --file F: the corrected event takes the record's place. */
export async function repairQuarantine(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(
    args,
    { ...DECISION_OPTIONS, file: { type: 'string' }, 'new-identity': { type: 'boolean' } },
    1,
  );
  const quarantineId = idFrom(positionals, 'repair');
  if (values.file === undefined)
    throw new CommandError('quarantine repair needs --file FILE with the corrected event');
  const actor = actorOf(values.actor);
  const reasonText = reasonOf(values.reason ?? 'repaired');
  const city = cityOf(values.city ?? process.env.MINGCHA_CITY);
  const bytes = readEvent(values.file);
  const row = await quarantined(process.env, quarantineId);
  const digest = hash('sha256', bytes);
  if (digest === row.digest.toString('hex'))
    throw new CommandError(
      `${values.file} holds the same bytes as the quarantined record; correct them, or publish them unchanged with quarantine release`,
      EXIT.input,
    );
  const decoder = createDecoder({ feeds: (source) => feedOf(city, source) });
  const decoded = decoder.decode({ value: bytes, receivedAt: Date.now(), digest });
  if (!decoded.ok) throw stillBroken(values.file, decoded.rejected);
  if (values['new-identity'] !== true) checkIdentity(row, decoded.event, values.file);

  const topic = values.topic ?? row.topic;
  const { log, partitions } = await openTargetLog(process.env, topic);
  const writer = decisionWriter(process.env);
  try {
    const { source, id } = decoded.event;
    const headers = {
      'content-type': 'application/cloudevents+json',
      [REPAIRS_HEADER]: quarantineId,
    };
    const outcome = await sendAgain({
      writer,
      log,
      topic,
      record: { value: bytes, headers },
      keys: keysOf(decoded.event, partitions),
      decision: {
        quarantineId,
        to: 'repaired',
        reasonText,
        repairedBy: `${source}/${id} sha256:${digest}`,
        actor,
      },
    });
    const state = outcome === 'sent' ? 'repaired' : 'was repaired so before';
    process.stdout.write(
      `${JSON.stringify({ quarantineId, outcome: state, topic, source, id })}\n`,
    );
    return EXIT.ok;
  } finally {
    await closeWriter(writer);
    await log.close();
  }
}

function readEvent(file: string): Buffer {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined)
    throw new InputError({ file }, 'no such file', 'Check the path given with --file');
  if (!found.isFile())
    throw new InputError({ file }, 'is not a file', 'Name a file with one event in JSON');
  if (found.size === 0)
    throw new InputError({ file }, 'is empty', 'Write the corrected event into it');
  if (found.size > MOST_BYTES)
    throw new InputError(
      { file },
      `has ${found.size} bytes, far beyond any event`,
      'Name a file with one event in JSON',
    );
  return readFileSync(file);
}

function stillBroken(
  file: string,
  rejected: { reason: string; field: string | null; params: unknown },
): InputError {
  const { text, repair } = rejectText(rejected, 'en');
  return new InputError(
    { file },
    `the event still breaks the contract: ${text.replace(/\.$/, '')}`,
    repair.replace(/\.$/, ''),
  );
}

/** The file for one record, given with the id of another, would hide that the other was never repaired. */
function checkIdentity(row: QuarantineEntity, event: Event, file: string): void {
  const known = { source: row.source, id: row.eventId };
  for (const name of ['source', 'id'] as const) {
    const before = known[name];
    if (before === null || before === event[name] || row.field === name) continue;
    throw new InputError(
      { file },
      `its ${name} is '${event[name]}', that of the quarantined record '${before}'`,
      'Name the file that corrects this record, or confirm the change with --new-identity',
    );
  }
}
