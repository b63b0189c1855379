import type { DataSource } from 'typeorm';
import { addMonths, formatDate, parseDate } from '#core/calendar/local-time.js';
import type { RuleSource } from '#core/rule/rule.js';
import type { City } from '#rulebook/city.js';
import { narrowed, readWanted } from '../alerts/alert-list.js';
import type { Language } from '../language/language.js';
import { sideOf } from '../language/texts.js';
import { unitName } from '../law/names.js';
import type { MatrixDto, Period, SituationDayDto } from './situation.dto.js';

type ListQuery = Readonly<Record<string, string>>;

const MONTHS: Readonly<Record<Period, number>> = { month: 1, quarter: 3, year: 12 };

/** First day of the period that ends with `today`, both included. */
export function firstDayOf(period: Period, today: string): string {
  return formatDate(addMonths(parseDate(today), -MONTHS[period]) + 1);
}

export function dayAfter(date: string): string {
  return formatDate(parseDate(date) + 1);
}

const DAY = "(alert.firstAt at time zone 'Asia/Shanghai')::date";

/** Alerts of a list by the day of their first event in China; days without any are left out. */
export async function alertDays(source: DataSource, query: ListQuery): Promise<SituationDayDto[]> {
  const rows = await narrowed(source, readWanted(query))
    .select(`to_char(${DAY}, 'YYYY-MM-DD')`, 'day')
    .addSelect('alert.level', 'level')
    .addSelect('count(*)', 'count')
    .groupBy(DAY)
    .addGroupBy('alert.level')
    .orderBy('day')
    .getRawMany<{ day: string; level: string; count: string }>();
  const days = new Map<string, SituationDayDto>();
  for (const { day, level, count } of rows) {
    const until = dayAfter(day);
    const known = days.get(day) ?? { date: day, until, notice: 0, yellow: 0, red: 0 };
    if (level === 'notice' || level === 'yellow' || level === 'red') known[level] = Number(count);
    days.set(day, known);
  }
  return [...days.values()];
}

interface Group {
  readonly rule: string;
  readonly agency: string;
  readonly recipient: string;
  readonly count: number;
}

/** Alerts of a list by rule and agency. A number is what the list gives for that rule and that unit, no more and no less. */
export async function alertMatrix(
  source: DataSource,
  query: ListQuery,
  texts: {
    readonly rules: readonly RuleSource[];
    readonly city: City;
    readonly language: Language;
  },
): Promise<MatrixDto> {
  const rows = await narrowed(source, readWanted(query))
    .select('alert.ruleId', 'rule')
    .addSelect('alert.agencyCode', 'agency')
    .addSelect('alert.recipientUnit', 'recipient')
    .addSelect('count(*)', 'count')
    .groupBy('alert.ruleId')
    .addGroupBy('alert.agencyCode')
    .addGroupBy('alert.recipientUnit')
    .getRawMany<{ rule: string; agency: string; recipient: string; count: string }>();
  const groups = rows.map((row): Group => ({ ...row, count: Number(row.count) }));
  const agencies = new Set(groups.map(({ agency }) => agency));
  const cells = cellsOf(groups, agencies);
  const byRule = sumsOf(groups.map(({ rule, count }) => [rule, count]));
  const byUnit = sumsOf(cells.map(({ unitCode, count }) => [unitCode, count]));
  return {
    rules: byRule.map(([ruleId, count]) => ({ ruleId, ruleName: ruleName(ruleId, texts), count })),
    units: byUnit.map(([unitCode, count]) => ({
      unitCode,
      unitName: unitName(texts.city, unitCode),
      count,
    })),
    cells,
    total: groups.reduce((sum, { count }) => sum + count, 0),
  };
}

/** Sums by key, the largest first, equal ones by key. */
function sumsOf(counts: readonly (readonly [string, number])[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
  return [...sums].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** The filter by unit takes agency or recipient: an agency that is also asked on another's case counts there too. */
function cellsOf(groups: readonly Group[], units: ReadonlySet<string>): MatrixDto['cells'] {
  const cells = new Map<string, MatrixDto['cells'][number]>();
  for (const { rule, agency, recipient, count } of groups)
    for (const unitCode of new Set([agency, recipient])) {
      if (!units.has(unitCode)) continue;
      const key = `${rule} ${unitCode}`;
      const cell = cells.get(key) ?? { ruleId: rule, unitCode, count: 0 };
      cell.count += count;
      cells.set(key, cell);
    }
  return [...cells.values()];
}

/** By its last version that is loaded. */
function ruleName(
  ruleId: string,
  { rules, language }: { readonly rules: readonly RuleSource[]; readonly language: Language },
): string {
  const versions = rules.filter(({ id }) => id === ruleId);
  const last = versions.sort((a, b) => b.version - a.version)[0];
  return last === undefined ? ruleId : sideOf(last.name, language);
}
