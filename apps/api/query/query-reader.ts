import { parseInstant, readDate } from '#core/calendar/local-time.js';
import { nationalCalendar } from '#core/calendar/national.js';
import type { Instant } from '#core/event/event.js';
import { ApiProblem, type FieldFault } from '../problem/api-problem.js';

export type Query = Readonly<Record<string, string | string[] | undefined>>;

const MAX_VALUE = 300;
const MAX_VALUES = 50;

/** Reads query parameters, notes every fault, and refuses parameters that it was not asked for. */
export class QueryReader {
  private readonly faults: FieldFault[] = [];
  private readonly asked = new Set<string>();

  constructor(private readonly query: Query) {}

  /** One value, or undefined where it is not given. */
  text(name: string, most = MAX_VALUE): string | undefined {
    const values = this.values(name, most);
    if (values.length > 1) this.fault(name, 'once');
    return values[0];
  }

  /** Values given again and again or parted by commas. */
  list(name: string): string[] | undefined {
    const values = this.values(name)
      .flatMap((value) => value.split(','))
      .filter((value) => value !== '');
    if (values.length > MAX_VALUES) this.fault(name, 'too-many', { most: MAX_VALUES });
    return values.length === 0 ? undefined : values;
  }

  /** A list of which each value is one of `allowed`. */
  choices<T extends string>(name: string, allowed: readonly T[]): T[] | undefined {
    const values = this.list(name);
    return values?.flatMap((value) => {
      const found = allowed.find((one) => one === value);
      if (found === undefined) this.fault(name, 'choice', { allowed: allowed.join(', ') });
      return found === undefined ? [] : [found];
    });
  }

  choice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((one) => one === value);
    if (found === undefined) this.fault(name, 'choice', { allowed: allowed.join(', ') });
    return found;
  }

  truth(name: string): boolean | undefined {
    const value = this.choice(name, ['true', 'false']);
    return value === undefined ? undefined : value === 'true';
  }

  whole(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < least || value > most)
      this.fault(name, 'whole', { least, most });
    return value;
  }

  /** An RFC 3339 time with its offset, or a date: the beginning of that day in China. */
  instant(name: string): Instant | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const day = readDate(text);
    if (day !== null) return nationalCalendar(0).startOf(day);
    // In a query '+' means a blank, so '+08:00' sent as it is arrives as ' 08:00'.
    const parsed = parseInstant(text.replace(' ', '+'));
    if (parsed === null) this.fault(name, 'instant');
    return parsed?.at;
  }

  /** A value that has to be there: where it is not, `done` throws. */
  needed<T>(name: string, value: T | undefined): T {
    if (value === undefined && !this.faults.some(({ field }) => field === name))
      this.fault(name, 'missing');
    return value as T;
  }

  /** @throws ApiProblem 400 with every fault, unknown parameters among them. */
  done(): void {
    for (const name of Object.keys(this.query))
      if (!this.asked.has(name))
        this.fault(name.slice(0, 60), 'unknown', { known: [...this.asked].sort().join(', ') });
    if (this.faults.length > 0) throw new ApiProblem('invalid-parameter', { errors: this.faults });
  }

  private values(name: string, most = MAX_VALUE): string[] {
    this.asked.add(name);
    const value = this.query[name];
    const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
    for (const one of values) {
      if (one.length > most) this.fault(name, 'too-long', { most });
      else if (one.includes('\u0000') || !one.isWellFormed()) this.fault(name, 'not-text');
    }
    return values.filter((one) => one !== '' && one.length <= most);
  }

  private fault(field: string, key: string, params?: FieldFault['params']): void {
    if (this.faults.some((one) => one.field === field && one.key === key)) return;
    this.faults.push(params === undefined ? { field, key } : { field, key, params });
  }
}

/** Turns the store's refusal of a foreign cursor into a problem. */
export async function withCursor<T>(list: () => Promise<T>): Promise<T> {
  try {
    return await list();
  } catch (error) {
    if (error instanceof RangeError) throw new ApiProblem('invalid-cursor', { cause: error });
    throw error;
  }
}
