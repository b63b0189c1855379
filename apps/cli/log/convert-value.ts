import type { Limit } from '#core/event/event.js';
import type { CelResult } from './cel-expression.js';
import type { RowView } from './column-use.js';
import { RowFault } from './compile-context.js';
import type { CompiledValue } from './compile-value.js';
import type { AttributeValue } from './log-row.js';
import type { FieldKind } from './mapping-source.js';
import type { ParsedTime } from './time-format.js';

/** A value as it stands in the `data` of an event: JSON. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [name: string]: FieldValue };

/** Takes a value from a row and gives it its kind; throws RowFault where it does not fit. */
export type FieldReader = (view: RowView) => FieldValue;

/** A reader for a value of that kind; null: as it comes. Values that do not vary are converted once, also their faults. */
export function fieldReaderOf(value: CompiledValue, kind: FieldKind | null): FieldReader {
  const read: FieldReader = (view) => convert(value, kind, value.evaluate(view));
  if (value.varies) return read;
  const fixed = read({ row: new Map(), trace: new Map() });
  return () => fixed;
}

function convert(value: CompiledValue, kind: FieldKind | null, result: CelResult): FieldValue {
  if (result === null) return null;
  switch (kind) {
    case 'string':
    case 'text':
      return textFrom(value, result);
    case 'int':
      return wholeFrom(value, result);
    case 'decimal':
      return numberFrom(value, result);
    case 'bool':
      return booleanFrom(value, result);
    case 'date':
      return dateFrom(value, result);
    case 'time':
      return value.time.local.textOf(instantFrom(value, result).at);
    case 'instant':
      return instantFrom(value, result).at;
    case 'limit':
      return limitFrom(value, result);
    case 'string[]':
      return Array.isArray(result)
        ? result.map((item: AttributeValue) => textFrom(value, item))
        : [textFrom(value, result)];
    default:
      return jsonOf(value, result);
  }
}

function misfit(value: CompiledValue, result: CelResult, expected: string): RowFault {
  const shown = typeof result === 'bigint' ? String(result) : JSON.stringify(jsonOf(value, result));
  return new RowFault(
    value.path,
    `${shown.slice(0, 200)} is not ${expected}`,
    'Correct the value in the log, or convert it in the mapping (map, cel, format)',
  );
}

function textFrom(value: CompiledValue, result: CelResult): string {
  if (typeof result === 'string') return result;
  if (result instanceof Date) return value.time.local.textOf(result.getTime());
  if (typeof result === 'object') throw misfit(value, result, 'a text');
  return String(result);
}

function numberFrom(value: CompiledValue, result: CelResult): number {
  const number = typeof result === 'string' && result.trim() === '' ? Number.NaN : Number(result);
  const numeric = ['string', 'number', 'bigint'].includes(typeof result);
  if (!numeric || !Number.isFinite(number)) throw misfit(value, result, 'a number');
  return number;
}

function wholeFrom(value: CompiledValue, result: CelResult): number {
  const number = numberFrom(value, result);
  if (!Number.isSafeInteger(number)) throw misfit(value, result, 'a whole number below 2^53');
  return number;
}

function booleanFrom(value: CompiledValue, result: CelResult): boolean {
  switch (typeof result === 'string' ? result.toLowerCase() : result) {
    case true:
    case 'true':
    case '1':
    case 1n:
    case 1:
      return true;
    case false:
    case 'false':
    case '0':
    case 0n:
    case 0:
      return false;
    default:
      throw misfit(value, result, 'true or false');
  }
}

/** The instant of a value, by its own format and zone. */
export function instantFrom(value: CompiledValue, result: CelResult): ParsedTime {
  if (result instanceof Date) return { at: result.getTime(), precision: 'second' };
  if (typeof result === 'object' || typeof result === 'boolean') {
    throw misfit(value, result, 'a time');
  }
  const parsed = value.reader(String(result), value.time);
  if (typeof parsed !== 'string') return parsed;
  throw new RowFault(value.path, parsed, 'Give the format of the column, or correct the log');
}

function dateFrom(value: CompiledValue, result: CelResult): string {
  return value.time.local.dateOf(instantFrom(value, result).at);
}

function limitFrom(
  value: CompiledValue,
  result: CelResult,
): { value: number; unit: Limit['unit'] } {
  if (typeof result === 'object' && result !== null && 'value' in result && 'unit' in result) {
    const { unit } = result;
    if (unit === 'G' || unit === 'Z' || unit === 'H') {
      return { value: wholeFrom(value, result.value), unit };
    }
  }
  const match = typeof result === 'string' ? /^(\d+)\s*([GZH])$/.exec(result) : null;
  const unit = match?.[2];
  if (unit === 'G' || unit === 'Z' || unit === 'H') return { value: Number(match?.[1]), unit };
  throw misfit(value, result, 'a limit (such as 20G, 30Z, 48H, or {value, unit})');
}

/** As JSON: whole numbers beyond 2^53 as text, times in RFC 3339. */
export function jsonOf(value: CompiledValue, result: CelResult): FieldValue {
  if (typeof result === 'bigint') {
    const number = Number(result);
    return Number.isSafeInteger(number) ? number : String(result);
  }
  if (result instanceof Date) return value.time.local.textOf(result.getTime());
  if (typeof result !== 'object' || result === null) return result;
  if (Array.isArray(result)) return result.map((item: AttributeValue) => jsonOf(value, item));
  return Object.fromEntries(
    Object.entries(result).map(([name, item]) => [name, jsonOf(value, item as AttributeValue)]),
  );
}
