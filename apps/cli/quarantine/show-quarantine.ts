import { rmSync, writeFileSync } from 'node:fs';
import type { QuarantineEntity } from '#store/entity/quarantine.entity.js';
import { CommandError, EXIT, readOptions } from '../command.js';
import { errorCode } from '../log/input-error.js';
import { recordObject } from './list-quarantine.js';
import { plainBytes, plainText } from './plain-text.js';
import { quarantined } from './quarantine-database.js';
import { idFrom } from './quarantine-id.js';
import { LANGUAGES, rejectText } from './reject-text.js';

const SHOWN_BYTES = 4_096;

/** mingcha quarantine show ID: everything known of a record, and its bytes. */
export async function showQuarantine(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(
    args,
    { out: { type: 'string' }, json: { type: 'boolean' } },
    1,
  );
  const row = await quarantined(process.env, idFrom(positionals, 'show'));
  if (values.out !== undefined) writeBytes(values.out, row);
  const base64 = row.raw?.toString('base64') ?? null;
  process.stdout.write(
    values.json === true
      ? `${JSON.stringify({ ...recordObject(row), valueBase64: base64 })}\n`
      : description(row),
  );
  return EXIT.ok;
}

/** They may hold personal data: readable by this user only, and nothing is overwritten. */
function writeBytes(file: string, row: QuarantineEntity): void {
  if (row.raw === null)
    throw new CommandError('the record has no bytes, so there is nothing to write', EXIT.input);
  try {
    writeFileSync(file, row.raw, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      throw new CommandError(`${file} exists; name a file that does not`, EXIT.input);
    // Half of the bytes would be repaired as if they were all.
    if (errorCode(error) === 'ENOSPC') rmSync(file, { force: true });
    throw error;
  }
}

function description(row: QuarantineEntity): string {
  const cause = { reason: row.reason, field: row.field, params: row.detail };
  const lines = [
    ['id', plainText(row.quarantineId)],
    ['received', row.receivedAt.toISOString()],
    ['state', row.state],
    ['source', plainText(row.source)],
    ['event id', plainText(row.eventId)],
    ['reason', row.reason],
    ['field', plainText(row.field)],
    ...LANGUAGES.map((language) => {
      const { text, repair } = rejectText(cause, language);
      return [language, plainText(language === 'zh' ? text + repair : `${text} ${repair}`)];
    }),
    ...decisionOf(row),
    ['digest', `sha256 ${row.digest.toString('hex')}`],
    ['bytes', String(row.raw?.length ?? 'none')],
  ].map(([name = '', value = '']) => `${name.padEnd(11)}${value}\n`);
  const bytes = row.raw === null ? '' : `\n${plainBytes(row.raw, SHOWN_BYTES)}\n`;
  return lines.join('') + bytes;
}

function decisionOf(row: QuarantineEntity): string[][] {
  if (row.decidedAt === null) return [];
  return [
    ['decided', `${row.decidedAt.toISOString()} by ${plainText(row.decidedBy)}`],
    ['because', plainText(row.reasonText)],
    ...(row.repairedBy === null ? [] : [['repaired by', plainText(row.repairedBy)]]),
  ];
}
