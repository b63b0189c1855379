import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { readDate } from '#core/calendar/local-time.js';
import { LEVELS } from '#core/finding.js';
import { ExportError } from './export-error.js';

/**
 * What a request is about. Days are local dates of China, YYYY-MM-DD, both included.
 * - `case`: one case with all its findings and alerts.
 * - `alert`: one alert, with the whole chain of its case, since its finding stands there.
 * - `officer`: cases in which the person answers for something that occurred in the period, and the alerts about them.
 * - `query`: alerts first raised in the period, of a unit, rule or level, with their cases.
 */
export type ExportScope =
  | { readonly kind: 'case'; readonly caseId: string }
  | { readonly kind: 'alert'; readonly alertId: string }
  | {
      readonly kind: 'officer';
      readonly unitCode: string;
      readonly staffNo: string;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly kind: 'query';
      readonly unit: string | null;
      readonly ruleId: string | null;
      readonly level: string | null;
      readonly from: string;
      readonly to: string;
    };

const LONGEST = 300;

function name(value: string | undefined | null, field: string): string {
  const text = (value ?? '').trim();
  if (text === '' || text.length > LONGEST || /[\p{Cc}\p{Surrogate}]/u.test(text))
    throw new ExportError('scope-name', { field, most: LONGEST });
  return text;
}

function period(from: string | undefined, to: string | undefined): { from: string; to: string } {
  const days = [from, to].map((day) => readDate(day ?? ''));
  if (days[0] === null || days[1] === null || days[0] === undefined || days[1] === undefined)
    throw new ExportError('scope-period', { from: from ?? null, to: to ?? null });
  if (days[0] > days[1])
    throw new ExportError('scope-backwards', { from: from ?? null, to: to ?? null });
  return { from: from as string, to: to as string };
}

/** What a person may say of a scope; everything is text, as a command line or a form gives it. */
export interface ScopeWords {
  readonly case?: string | undefined;
  readonly alert?: string | undefined;
  readonly officer?: string | undefined;
  readonly unit?: string | undefined;
  readonly rule?: string | undefined;
  readonly level?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The scope that the words say. Throws ExportError where they say none, or two. */
export function scopeFrom(words: ScopeWords): ExportScope {
  const { officer, unit, rule, level, from, to } = words;
  const isQuery = [unit, rule, level].some((value) => value !== undefined);
  const kinds = [words.case, words.alert, officer, isQuery ? 'query' : undefined].filter(
    (value) => value !== undefined,
  );
  if (kinds.length > 1) throw new ExportError('scope-two');
  if (words.case !== undefined || words.alert !== undefined) {
    if (from !== undefined || to !== undefined) throw new ExportError('scope-no-period');
    if (words.case !== undefined) return { kind: 'case', caseId: name(words.case, 'case') };
    if (!/^[0-9a-f]{64}$/.test(words.alert ?? '')) throw new ExportError('scope-alert');
    return { kind: 'alert', alertId: words.alert as string };
  }
  if (officer !== undefined) {
    const [, unitCode, staffNo] = /^(.+)\/([^/]+)$/s.exec(officer) ?? [];
    if (unitCode === undefined) throw new ExportError('scope-officer');
    return {
      kind: 'officer',
      unitCode: name(unitCode, 'officer'),
      staffNo: name(staffNo, 'officer'),
      ...period(from, to),
    };
  }
  if (!isQuery && from === undefined && to === undefined) throw new ExportError('scope-none');
  if (level !== undefined && !(LEVELS as readonly string[]).includes(level))
    throw new ExportError('scope-level', { levels: LEVELS.join(', ') });
  return {
    kind: 'query',
    unit: unit === undefined ? null : name(unit, 'unit'),
    ruleId: rule === undefined ? null : name(rule, 'rule'),
    level: level ?? null,
    ...period(from, to),
  };
}

/** RFC 8785 text of a scope: equal scopes have equal texts. */
export function scopeText(scope: ExportScope): string {
  return canonicalJson(scope as unknown as JsonValue);
}
