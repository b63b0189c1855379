import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CalendarEntry, CalendarInput } from '#core/calendar/build-calendar.js';
import { NATIONAL_ZONE } from '#core/calendar/national.js';
import { CommandError, EXIT } from '../command.js';

interface YearFile {
  readonly year: number;
  readonly days: readonly { name: string; date: string; isOffDay: boolean }[];
}

/**
 * The calendar of a replay. `cn` = China's working days as they were known, with what the log publishes of them (default
 * for Asia/Shanghai): null, for it changes with the instant. `weekdays` =
 * Monday to Friday (default elsewhere); otherwise a folder of yearly JSON files ({year, days: [{name, date, isOffDay}]}).
 */
export function readCalendar(name: string | undefined, zone: string): CalendarInput | null {
  const wanted = name ?? (zone === NATIONAL_ZONE ? 'cn' : 'weekdays');
  if (wanted === 'cn') {
    if (zone !== NATIONAL_ZONE)
      throw new CommandError(
        `calendar 'cn' is kept in ${NATIONAL_ZONE}, the log in ${zone}; use 'weekdays' or a folder`,
      );
    return null;
  }
  if (wanted === 'weekdays')
    return { version: `weekdays/${zone}`, zone, entries: [], statutory: false };
  return {
    version: `folder/${wanted}`,
    zone,
    entries: readFolder(wanted),
    statutory: zone === NATIONAL_ZONE,
  };
}

function readFolder(folder: string): CalendarEntry[] {
  let files: string[];
  try {
    if (!statSync(folder).isDirectory()) throw new Error('not a folder');
    files = readdirSync(folder)
      .filter((name) => /^\d{4}\.json$/.test(name))
      .sort();
  } catch {
    throw new CommandError(
      `calendar '${folder}' is neither 'cn', 'weekdays' nor a folder of YYYY.json files`,
      EXIT.input,
    );
  }
  if (files.length === 0)
    throw new CommandError(`calendar folder '${folder}' holds no YYYY.json file`, EXIT.input);
  return files.flatMap((file) => {
    const path = join(folder, file);
    try {
      const { year, days } = JSON.parse(readFileSync(path, 'utf8')) as YearFile;
      return days.map((day) => ({
        date: day.date,
        off: day.isOffDay,
        name: day.name,
        publishedAt: 0,
        ...(days.length > 0 ? { notice: year } : {}),
      }));
    } catch (error) {
      throw new CommandError(
        `${path}: ${error instanceof Error ? error.message : String(error)}`,
        EXIT.input,
      );
    }
  });
}
