import type { Instant } from '#core/event/event.js';
import { type AmbiguousTimes, type LocalFields, type LocalTime, utcOf } from './local-time.js';

export interface ParsedTime {
  readonly at: Instant;
  readonly precision: 'second' | 'day';
}

export interface TimeSettings {
  readonly local: LocalTime;
  readonly ambiguous: AmbiguousTimes;
}

/** Reads a text as a time; a text that does not fit gives the reason as a sentence part. */
export type TimeReader = (text: string, settings: TimeSettings) => ParsedTime | string;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Letters of a format and the text they match. `X` is an offset (Z, +08, +0800, +08:00), `S` digits of the second. */
const TOKENS: Readonly<Record<string, { pattern: string; field: Field }>> = {
  yyyy: { pattern: '(\\d{4})', field: 'year' },
  yy: { pattern: '(\\d{2})', field: 'shortYear' },
  MMM: { pattern: '([A-Za-z]{3})', field: 'monthName' },
  MM: { pattern: '(\\d{2})', field: 'month' },
  M: { pattern: '(\\d{1,2})', field: 'month' },
  dd: { pattern: '(\\d{2})', field: 'day' },
  d: { pattern: '(\\d{1,2})', field: 'day' },
  HH: { pattern: '(\\d{2})', field: 'hour' },
  H: { pattern: '(\\d{1,2})', field: 'hour' },
  hh: { pattern: '(\\d{2})', field: 'halfDayHour' },
  h: { pattern: '(\\d{1,2})', field: 'halfDayHour' },
  mm: { pattern: '(\\d{2})', field: 'minute' },
  m: { pattern: '(\\d{1,2})', field: 'minute' },
  ss: { pattern: '(\\d{2})', field: 'second' },
  s: { pattern: '(\\d{1,2})', field: 'second' },
  a: { pattern: '(AM|PM|am|pm|上午|下午)', field: 'halfDay' },
  EEE: { pattern: '([A-Za-z]{3})', field: 'ignored' },
};

type Field =
  | 'year'
  | 'shortYear'
  | 'month'
  | 'monthName'
  | 'day'
  | 'hour'
  | 'halfDayHour'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'halfDay'
  | 'offset'
  | 'ignored';

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?)?$/;

/**
 * A reader for a format: `iso` (RFC 3339 and ISO 8601, blank instead of T allowed, offset optional),
 * `epoch-seconds`, `epoch-millis`, or a pattern such as `yyyy-MM-dd HH:mm:ss`. Times without an offset are read
 * in the zone of the settings; a pattern without hours gives day precision and the start of the local day.
 * A format that cannot be read gives the reason as text.
 */
export function timeReaderOf(format: string): TimeReader | string {
  switch (format) {
    case 'iso':
      return readIso;
    case 'epoch-seconds':
      return epochReader(1000);
    case 'epoch-millis':
      return epochReader(1);
    default:
      return patternReader(format);
  }
}

function epochReader(unitMs: number): TimeReader {
  return (text) => {
    const number = Number(text);
    const at = Math.floor(number * unitMs);
    if (!/^-?\d+(\.\d+)?$/.test(text) || !validInstant(at)) return `'${text}' is not an epoch time`;
    return { at, precision: 'second' };
  };
}

function validInstant(at: number): boolean {
  // Years 0001 to 9999, which RFC 3339 can write.
  return at >= -62_135_596_800_000 && at < 253_402_300_800_000;
}

const readIso: TimeReader = (text, settings) => {
  const match = ISO.exec(text.trim());
  if (match === null) {
    return `'${text}' is not an ISO 8601 time (such as 2024-03-01T09:30:00+08:00)`;
  }
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const fields: LocalFields = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    millisecond: millisecondsOf(fraction),
  };
  return located(text, fields, {
    offset: offset ?? null,
    precision: hour === undefined ? 'day' : 'second',
    settings,
  });
};

function millisecondsOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
}

function located(
  text: string,
  fields: LocalFields,
  how: { offset: string | null; precision: 'second' | 'day'; settings: TimeSettings },
): ParsedTime | string {
  const { precision, settings } = how;
  if (how.offset === null) {
    const reading = settings.local.instantOf(fields, settings.ambiguous);
    if ('at' in reading) {
      return validInstant(reading.at)
        ? { at: reading.at, precision }
        : `'${text}' is outside the years 0001 to 9999`;
    }
    return `'${text}' ${REFUSALS[reading.refused]} in ${settings.local.zoneName}`;
  }
  const utc = utcOf(fields);
  if (utc === null) return `'${text}' ${REFUSALS['no-such-date']}`;
  const offset = offsetMsOf(how.offset);
  if (offset === null) return `'${text}' has an impossible offset`;
  return { at: utc - offset, precision };
}

const REFUSALS = {
  'no-such-date': 'is no date or time of day that exists',
  ambiguous: 'exists twice (the clock was set back)',
  skipped: 'does not exist (the clock was set forward)',
} as const;

function offsetMsOf(offset: string): number | null {
  if (offset === 'Z' || offset === 'z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(':', '') || 0);
  if (hours > 18 || minutes > 59) return null;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

interface Pattern {
  readonly regex: RegExp;
  readonly fields: readonly Field[];
}

function patternReader(format: string): TimeReader | string {
  const pattern = compilePattern(format);
  if (typeof pattern === 'string') return pattern;
  const { regex, fields } = pattern;
  const hasHours = fields.includes('hour') || fields.includes('halfDayHour');
  return (text, settings) => {
    const match = regex.exec(text.trim());
    if (match === null) return `'${text}' does not fit the format '${format}'`;
    const values = new Map(fields.map((field, index) => [field, match[index + 1] ?? '']));
    const local = fieldsOf(values);
    if (local === null) return `'${text}' does not fit the format '${format}'`;
    return located(text, local, {
      offset: values.get('offset') ?? null,
      precision: hasHours ? 'second' : 'day',
      settings,
    });
  };
}

function compilePattern(format: string): Pattern | string {
  let source = '';
  const fields: Field[] = [];
  for (const [piece] of format.matchAll(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    if (piece.startsWith("'")) source += escapeRegex(piece === "''" ? "'" : piece.slice(1, -1));
    else if (/^X+$/.test(piece)) {
      source += '(Z|z|[+-]\\d\\d(?::?\\d\\d)?)';
      fields.push('offset');
    } else if (/^S+$/.test(piece)) {
      source += '(\\d{1,9})';
      fields.push('fraction');
    } else if (/^[A-Za-z]/.test(piece)) {
      const token = TOKENS[piece];
      if (token === undefined) return `'${piece}' is no part of a time format`;
      source += token.pattern;
      fields.push(token.field);
    } else source += escapeRegex(piece);
  }
  const twice = fields.find((field, index) => fields.indexOf(field) !== index);
  if (twice !== undefined) return `the format '${format}' holds the ${twice} twice`;
  const dated =
    (fields.includes('year') || fields.includes('shortYear')) &&
    (fields.includes('month') || fields.includes('monthName')) &&
    fields.includes('day');
  if (!dated) return `the format '${format}' needs year, month and day (yyyy, MM, dd)`;
  if (fields.includes('halfDayHour') !== fields.includes('halfDay')) {
    return `the format '${format}' needs 'h' and 'a' together; write HH for 24 hours`;
  }
  return { regex: new RegExp(`^${source}$`), fields };
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

function fieldsOf(values: ReadonlyMap<Field, string>): LocalFields | null {
  const number = (field: Field): number => Number(values.get(field) ?? 0);
  const monthName = values.get('monthName');
  const month =
    monthName === undefined ? number('month') : MONTHS.indexOf(monthName.toLowerCase()) + 1;
  const hour = hourOf(values);
  if (month === 0 || hour === null) return null;
  return {
    // Two-digit years: 70 to 99 are 1970 to 1999, 00 to 69 are 2000 to 2069 (POSIX strptime %y uses 69).
    year: values.has('shortYear') ? shortYear(number('shortYear')) : number('year'),
    month,
    day: number('day'),
    hour,
    minute: number('minute'),
    second: number('second'),
    millisecond: millisecondsOf(values.get('fraction')),
  };
}

function shortYear(year: number): number {
  return year >= 70 ? 1900 + year : 2000 + year;
}

function hourOf(values: ReadonlyMap<Field, string>): number | null {
  const halfDay = values.get('halfDay');
  if (halfDay === undefined) return Number(values.get('hour') ?? 0);
  const hour = Number(values.get('halfDayHour'));
  if (hour < 1 || hour > 12) return null;
  const afternoon = /^pm$|下午/i.test(halfDay);
  return (hour % 12) + (afternoon ? 12 : 0);
}
