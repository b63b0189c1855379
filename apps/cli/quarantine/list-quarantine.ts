import { parseInstant } from '#core/calendar/local-time.js';
import { REJECT_REASONS } from '#core/event/rejection.js';
import type { QuarantineEntity } from '#store/entity/quarantine.entity.js';
import { writeCursor } from '#store/page-cursor.js';
import type { QuarantineFilter, QuarantineRepository } from '#store/quarantine.repository.js';
import { CommandError, EXIT, readOptions, wholeNumber } from '../command.js';
import { plainText } from './plain-text.js';
import { withQuarantine } from './quarantine-database.js';
import { rejectText } from './reject-text.js';

const STATES = ['waiting', 'repaired', 'released', 'all'] as const;
/** Rows carry their bytes, up to 16 MiB each: a small page keeps memory bounded. */
const PAGE = 10;

/** mingcha quarantine list: oldest first. */
export async function listQuarantine(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    reason: { type: 'string' },
    source: { type: 'string' },
    since: { type: 'string' },
    state: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  });
  const limit = wholeNumber(values.limit, 'limit', { least: 1, most: 100_000, otherwise: 100 });
  const state = oneOf(values.state ?? 'waiting', STATES, 'state');
  const filter: QuarantineFilter = {
    ...(state === 'all' ? {} : { state }),
    ...(values.source === undefined ? {} : { source: values.source }),
    ...(values.reason === undefined
      ? {}
      : { reason: oneOf(values.reason, REJECT_REASONS, 'reason') }),
  };
  const rows = { filter, limit, from: sinceOf(values.since) };
  const write = values.json === true ? jsonLine : textLine;
  const { shown, more } = await withQuarantine(process.env, (records) =>
    showRows(records, rows, write),
  );
  if (shown === 0) process.stderr.write('no quarantined record answers to this\n');
  else if (more) process.stderr.write(`only the oldest ${shown} are shown; --limit shows more\n`);
  return EXIT.ok;
}

function oneOf<T extends string>(text: string, values: readonly T[], name: string): T {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw new CommandError(`--${name} takes ${values.join(', ')}, not '${text}'`);
}

/** The place in the list before everything that was received at the instant or later. */
function sinceOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const parsed = parseInstant(text);
  if (parsed === null)
    throw new CommandError(
      `--since takes a time with offset such as 2026-03-01T00:00:00+08:00, not '${text}'`,
    );
  return writeCursor({ at: parsed.at, id: ' ' });
}

interface Rows {
  readonly filter: QuarantineFilter;
  readonly limit: number;
  readonly from: string | null;
}

async function showRows(
  records: QuarantineRepository,
  { filter, limit, from }: Rows,
  write: (row: QuarantineEntity) => string,
): Promise<{ shown: number; more: boolean }> {
  let shown = 0;
  let cursor = from;
  do {
    const size = Math.min(PAGE, limit - shown);
    const page = await records.list(filter, {
      limit: size,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const row of page.items) process.stdout.write(`${write(row)}\n`);
    shown += page.items.length;
    cursor = page.next;
  } while (cursor !== null && shown < limit);
  return { shown, more: cursor !== null };
}

function textLine(row: QuarantineEntity): string {
  const fault = row.field === null ? row.reason : `${row.reason} (${plainText(row.field)})`;
  const event = `${plainText(row.source)} ${plainText(row.eventId)}`;
  const place = plainText(row.quarantineId);
  const bytes = row.raw === null ? 'no bytes' : `${row.raw.length} bytes`;
  return [place, row.receivedAt.toISOString(), row.state, fault, event, bytes].join('  ');
}

/** What --json prints of a record; `show --json` adds to it. */
export function recordObject(row: QuarantineEntity) {
  const cause = { reason: row.reason, field: row.field, params: row.detail };
  return {
    quarantineId: row.quarantineId,
    receivedAt: row.receivedAt.toISOString(),
    state: row.state,
    reason: row.reason,
    field: row.field,
    zh: rejectText(cause, 'zh'),
    en: rejectText(cause, 'en'),
    source: row.source,
    eventId: row.eventId,
    bytes: row.raw?.length ?? null,
    digest: row.digest.toString('hex'),
    decidedAt: row.decidedAt?.toISOString() ?? null,
    decidedBy: row.decidedBy,
    reasonText: row.reasonText,
    repairedBy: row.repairedBy,
  };
}

function jsonLine(row: QuarantineEntity): string {
  return JSON.stringify(recordObject(row));
}
