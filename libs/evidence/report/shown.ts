import { parse } from 'yaml';
import type { JsonValue } from '#core/audit/canonical-json.js';
import type { Event, Person } from '#core/event/event.js';
import type { Finding } from '#core/finding.js';
import type { RuleSource } from '#core/rule/rule.js';
import { Redactor } from '../bundle/redact.js';
import { redactedScope } from '../bundle/redacted-scope.js';
import type { Gathered } from '../gather/gather.js';
import type { Edition } from '../request/export-request.js';
import type { ExportScope } from '../request/export-scope.js';
import { REDACTED } from '../verify/format.js';
import { codeName, fieldName, word } from './words.js';

/** What is gathered, as the papers of an edition may show it. */
export interface Shown {
  readonly gathered: Gathered;
  readonly edition: Edition;
  /** What the request is about, without what the edition hides. */
  readonly scope: ExportScope;
  /** Events by leaf index, without what the edition hides; null where the bytes were erased. */
  readonly events: ReadonlyMap<number, Event | null>;
  /** Findings by leaf index of their records. */
  readonly findings: ReadonlyMap<number, Finding>;
  rule(id: string, version: number): RuleSource | null;
  unit(code: string): string;
  region(code: string): string;
}

/** Placeholders of hidden values as text. */
function masked(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((one) => masked(one as JsonValue));
  if (typeof value !== 'object' || value === null) return value;
  const digest = (value as { readonly [key: string]: JsonValue })[REDACTED];
  if (typeof digest === 'string') return word('redacted', { digest: digest.slice(0, 8) });
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, masked(one)]));
}

export function shownOf(gathered: Gathered, edition: Edition): Shown {
  const redactor = new Redactor(gathered.secret);
  const show = (file: string, value: JsonValue): JsonValue =>
    edition === 'full' ? value : masked(redactor.redact(`data/${file}`, value));
  const scope =
    edition === 'full'
      ? gathered.request.scope
      : (masked(redactedScope(redactor, gathered.request.scope)) as unknown as ExportScope);
  const events = new Map(
    gathered.events.map((one) => [
      one.leafIndex,
      one.event === null
        ? null
        : (show(
            `events/${one.leafIndex}.json`,
            one.event as unknown as JsonValue,
          ) as unknown as Event),
    ]),
  );
  const findings = new Map<number, Finding>();
  for (const { leafIndex, record } of [...gathered.chains.values()].flat()) {
    const text = gathered.disclosures.get(leafIndex);
    if (text === undefined || !record.action.startsWith('finding.')) continue;
    const body = show(`disclosures/${leafIndex}.json`, JSON.parse(text) as JsonValue);
    findings.set(leafIndex, body as unknown as Finding);
  }
  const rules = new Map(
    gathered.material.rules.map(({ text }) => {
      const rule = parse(text) as RuleSource;
      return [`${rule.id}@${rule.version}`, rule] as const;
    }),
  );
  const { unitNames, regionNames } = gathered.material;
  const named = (names: Readonly<Record<string, string>>, code: string) =>
    Object.hasOwn(names, code) ? `${names[code]}(${code})` : code;
  return {
    gathered,
    edition,
    scope,
    events,
    findings,
    rule: (id, version) => rules.get(`${id}@${version}`) ?? null,
    unit: (code) => named(unitNames, code),
    region: (code) => named(regionNames, code),
  };
}

/** A person as papers name one: name, post, unit, staff number. */
export function personText(person: Person | null, shown: Shown): string {
  if (person === null) return '—';
  const head = [person.name, person.post].filter((one) => one !== null && one !== '').join(' ');
  return `${head === '' ? '' : `${head} `}${shown.unit(person.unitCode)}/${person.staffNo}`;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '—';
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (typeof value === 'string') {
    const name = codeName(value);
    return name === null ? value : `${name}(${value})`;
  }
  if (Array.isArray(value)) return value.length === 0 ? '—' : value.map(valueText).join(';');
  if (typeof value === 'object') {
    const { value: number, unit } = value as { value?: unknown; unit?: unknown };
    if (typeof number === 'number' && typeof unit === 'string')
      return `${number}${unit === 'G' ? '个工作日' : unit === 'Z' ? '个自然日' : unit === 'H' ? '小时' : unit}`;
    return Object.entries(value)
      .filter(([, one]) => one !== null && one !== undefined)
      .map(([key, one]) => `${fieldName(key)} ${valueText(one)}`)
      .join(',');
  }
  return String(value);
}

const MOST = 700;

/** Own fields of an event that say something, with their names. */
export function fieldsText(event: Event, leafIndex: number): string {
  const own = Object.entries(event.data)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${fieldName(key)}:${valueText(value)}`);
  if (event.docNo !== null) own.unshift(`${fieldName('docNo')}:${event.docNo}`);
  if (event.correctionReason !== null)
    own.unshift(`${fieldName('correctionReason')}:${event.correctionReason}`);
  if (event.dataVersion > 1) own.unshift(`${fieldName('dataVersion')}:${event.dataVersion}`);
  const text = own.join('\n');
  return text.length <= MOST ? text : text.slice(0, MOST) + word('timeline.more', { leafIndex });
}
