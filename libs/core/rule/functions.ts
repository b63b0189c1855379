import type { Environment } from '@marcbachmann/cel-js';
import { formatDate, readDate } from '../calendar/local-time.js';
import { uniteStops } from '../calendar/stops.js';
import { identityKey, type LimitName } from '../case/case-view.js';
import { dateOfTime, type EventFact } from '../case/event-fact.js';
import { outageStops } from '../case/limit-clock.js';
import { isCreditCodeValid } from '../event/codes.js';
import type { Day, Limit, Person } from '../event/event.js';
import type { Scope } from './scope.js';

/** The scope that the running predicate reads; set around each evaluation, which is synchronous. */
let current: Scope | null = null;

/**
 * Names the scope that functions of predicates read from now on. Evaluation is synchronous and names its scope before
 * each window; nothing is kept from one evaluation to the next.
 */
export function readFrom(scope: Scope): void {
  current = scope;
}

function scope(): Scope {
  if (current === null) throw new Error('a predicate function was called outside an evaluation');
  return current;
}

/** Dates and codes come again and again; what was read once is kept, within bounds. */
const KEPT = 20_000;
const days = new Map<string, number>();
const creditCodes = new Map<string, boolean>();

function day(date: string): number {
  const known = days.get(date);
  if (known !== undefined) return known;
  const parsed = readDate(date);
  if (parsed === null) throw new Error(`'${date}' is not a date of the form YYYY-MM-DD`);
  if (days.size >= KEPT) days.clear();
  days.set(date, parsed);
  return parsed;
}

function creditCodeValid(code: string): boolean {
  let valid = creditCodes.get(code);
  if (valid === undefined) {
    valid = isCreditCodeValid(code);
    if (creditCodes.size >= KEPT) creditCodes.clear();
    creditCodes.set(code, valid);
  }
  return valid;
}

const calendar = () => scope().view.around.calendar;
const references = () => scope().view.around.references;

/** Opinions that say nothing (stock phrases of case-file review standards); punctuation and blanks are left out first. */
const STOCK = new Set([
  '同意',
  '拟同意',
  '已阅',
  '阅',
  '已审',
  '已审核',
  '审核通过',
  '情况属实',
  '符合条件',
  '按规定办理',
  '请领导审批',
  '请审批',
  'ok',
  '通过',
]);

function isBlank(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return value.trim() === '';
  return Array.isArray(value) && value.length === 0;
}

const WRITTEN_DATE = /(20\d{2}|19\d{2})(?:-|年)(\d{1,2})(?:-|月)(\d{1,2})(?:日|\b)/;
/** Eight figures on their own; a longer row of figures is a serial number. */
const COMPACT_DATE = /(?<!\d)(20\d{2}|19\d{2})(\d{2})(\d{2})(?!\d)/;

/** The date that a document number or text carries (2025-03-03, 2025年3月3日, 20250303), or ''. */
function dateIn(value: unknown): string {
  if (typeof value !== 'string') return '';
  const match = WRITTEN_DATE.exec(value) ?? COMPACT_DATE.exec(value);
  if (match === null) return '';
  const [, year, month = '', date = ''] = match;
  const text = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  return readDate(text) === null ? '' : text;
}

/** True where `a` happened before `b`; by date where either is known by its date only, and one date says nothing. */
function isBefore(a: EventFact, b: EventFact): boolean {
  return a.precision === 'day' || b.precision === 'day' ? a.on < b.on : a.at < b.at;
}

/** How many different persons; a staff number is unique within its unit. */
function personCount(persons: readonly Person[] | null): number {
  return new Set((persons ?? []).map((one) => `${one.unitCode}/${one.staffNo}`)).size;
}

/**
 * The first day by which the pauses of the case have stopped more days than its statutory limit has, if it lies in the
 * pause that the anchor began; '' otherwise. Each pause counts to its own limit, overlapping days once, in the
 * limit's unit; limits in hours have no such day.
 */
function stoppedPastLimit(): string {
  const { view, anchor } = scope();
  const limit = view.limit('statutory');
  if (limit === null || limit.unit === 'H') return '';
  const stops = view.pauses.flatMap(({ event, stop }) => (stop === null ? [] : [{ event, stop }]));
  let left = limit.value + 1;
  for (const span of uniteStops(
    stops.map(({ stop }) => stop),
    Number.NEGATIVE_INFINITY,
  )) {
    const days =
      limit.unit === 'G'
        ? calendar().workdaysBetween(span.first - 1, span.last)
        : span.last - span.first + 1;
    if (days < left) {
      left -= days;
      continue;
    }
    const past =
      limit.unit === 'G' ? calendar().addWorkdays(span.first - 1, left) : span.first - 1 + left;
    const first = stops.find(({ stop }) => stop.first <= past && past <= stop.last);
    return first?.event === anchor ? formatDate(past) : '';
  }
  return '';
}

function actorOf(event: { responsible?: Person | null; operator?: Person | null }): string {
  const person = event.responsible ?? event.operator ?? null;
  return person === null ? '' : `${person.unitCode}/${person.staffNo}`;
}

function roleOf(stepCode: string): string {
  const { view } = scope();
  const step = view.item?.steps.find((one) => one.stepCode === stepCode);
  if (step !== undefined) return step.role;
  const entered = view
    .ofType('approval.step-entered')
    .find((event) => event.data.stepCode === stepCode);
  return String(entered?.data.stepRole ?? '');
}

/** Limit of the step that the anchor entered: its own, else the catalogue's; null where neither sets one. */
function stepLimit(): Limit | null {
  const { view, anchor } = scope();
  const own = (anchor?.data.stepLimit ?? null) as Limit | null;
  const code = anchor?.data.stepCode;
  return own ?? view.item?.steps.find((step) => step.stepCode === code)?.limit ?? null;
}

function stepIsOpen(): boolean {
  const { view, anchor } = scope();
  if (anchor === null) return false;
  const open = new Set<unknown>();
  const { closing } = view;
  for (const event of view.events) {
    if (event.type === 'approval.step-entered') open.add(event.data.stepCode);
    else if (event.type === 'approval.step-completed') open.delete(event.data.stepCode);
    if (event === closing) return false;
    if (event === anchor) break;
  }
  return open.size > 0;
}

function supplementPending(): boolean {
  const { view, anchor } = scope();
  if (anchor === null) return false;
  let pending = false;
  for (const event of view.events) {
    if (event.type === 'approval.supplement-requested') pending = true;
    if (event.type === 'approval.supplemented' && event.data.complete === true) pending = false;
    if (event.type === 'approval.accepted') return false;
    if (event === anchor) break;
  }
  return pending;
}

/** The working day on which a fact reaches the office: its own, or the next one after close of business or on a rest day. */
function officeDay(at: number): Day {
  const own = calendar().dayOf(at);
  const closesAt = calendar().closeOf(own);
  return calendar().nextWorkday(closesAt !== null && at >= closesAt ? own + 1 : own);
}

type Handler = (...values: never[]) => unknown;
type Add = (signature: string, handler: Handler) => void;

/** A function that predicates may call, with the CEL types of its parameters. */
export interface PredicateFunction {
  /** As the CEL library reads it: name(type, …): type. */
  readonly signature: string;
  readonly name: string;
  readonly parameters: readonly string[];
  readonly handler: Handler;
}

function declared(): PredicateFunction[] {
  const functions: PredicateFunction[] = [];
  const add: Add = (signature, handler) => {
    const [, name = '', parameters = ''] = /^(\w+)\((.*)\):/.exec(signature) ?? [];
    functions.push({
      signature,
      name,
      parameters: parameters === '' ? [] : parameters.split(', '),
      handler,
    });
  };
  addDates(add);
  addValues(add);
  addCaseFacts(add);
  addReferences(add);
  return functions;
}

/**
 * The functions that predicates may call. Dates are 'YYYY-MM-DD'; instants are milliseconds. Working days are those of
 * the case's calendar in (from, to]. A date that is not one makes the predicate fail, which is a finding of its own.
 */
export const PREDICATE_FUNCTIONS: readonly PredicateFunction[] = declared();

/** Makes them known to an environment of the CEL library. */
export function registerFunctions(environment: Environment): Environment {
  for (const { signature, handler } of PREDICATE_FUNCTIONS)
    environment.registerFunction(signature, handler as (...values: unknown[]) => unknown);
  return environment;
}

function addDates(add: Add): void {
  add('workdaysBetween(string, string): double', (from: string, to: string) =>
    calendar().workdaysBetween(day(from), day(to)),
  );
  add('daysBetween(string, string): double', (from: string, to: string) => day(to) - day(from));
  add('addWorkdays(string, double): string', (from: string, n: number) =>
    formatDate(calendar().addWorkdays(day(from), n)),
  );
  add('addDays(string, double): string', (from: string, n: number) => formatDate(day(from) + n));
  add('isWorkday(string): bool', (date: string) => calendar().isWorkday(day(date)));
  add('minutesBetween(double, double): double', (from: number, to: number) => (to - from) / 60_000);
  add(
    'hoursBetween(double, double): double',
    (from: number, to: number) => (to - from) / 3_600_000,
  );
  add('yearOf(string): double', (date: string) => Number(date.slice(0, 4)));
  add('dateOf(dyn): string', (time: unknown) => dateOfTime(time, calendar()));
  add('dateIn(dyn): string', dateIn);
}

function addValues(add: Add): void {
  add('isBefore(dyn, dyn): bool', isBefore);
  add('personCount(dyn): double', personCount);
  add('stoppedPastLimit(): string', stoppedPastLimit);
  add('blank(dyn): bool', isBlank);
  add('text(dyn): string', (value: unknown) => (typeof value === 'string' ? value : ''));
  add('number(dyn): double', (value: unknown) => Number(value ?? 0));
  add('max(double, double): double', (a: number, b: number) => Math.max(a, b));
  add('ceil(double): double', (a: number) => Math.ceil(a - 1e-9));
  add('stockPhrase(dyn): bool', (value: unknown) =>
    STOCK.has(
      String(value ?? '')
        .replace(/[\s。.,,!!、;;]/g, '')
        .toLowerCase(),
    ),
  );
  add('creditCodeValid(string): bool', creditCodeValid);
}

function addCaseFacts(add: Add): void {
  add('actorOf(dyn): string', actorOf);
  add('roleOf(string): string', roleOf);
  add('stepIsOpen(): bool', stepIsOpen);
  add('stepLimit(): dyn', stepLimit);
  add('supplementPending(): bool', supplementPending);
  add(
    'usedOn(string, string): double',
    (name: LimitName, date: string) => scope().view.clock(name)?.usedOn(day(date)) ?? 0,
  );
  add('usedOn(string): double', (date: string) => scope().windowClock?.usedOn(day(date)) ?? 0);
  add('officeDay(double): string', (at: number) => formatDate(officeDay(at)));
  add('outageOn(string): bool', (date: string) =>
    outageStops(scope().view).some((stop) => stop.first <= day(date) && day(date) <= stop.last),
  );
}

function addReferences(add: Add): void {
  add('itemKnown(dyn): bool', (code: unknown) => references().itemIsKnown(String(code)));
  add(
    'itemValidOn(dyn, string): bool',
    (code: unknown, date: string) => references().item(String(code), day(date)) !== null,
  );
  add(
    'itemVersionOn(dyn, string): string',
    (code: unknown, date: string) => references().item(String(code), day(date))?.itemVersion ?? '',
  );
  add('itemChangesOn(dyn, string): bool', (code: unknown, date: string) =>
    references().itemChangesOn(String(code), day(date)),
  );
  add('catalogLoaded(): bool', () => references().hasCatalog);
  add('postingsLoaded(): bool', () => references().hasPostings);
  add('regionKnown(string): bool', (code: string) => references().regionIsKnown(code));
  add('personPosted(dyn, string): bool', (person: Person, date: string) => {
    const postings = references().postings(person.unitCode, person.staffNo, day(date));
    return postings !== null && postings.length > 0;
  });
  add(
    'personKnown(dyn): bool',
    (person: Person) => references().postings(person.unitCode, person.staffNo, 0) !== null,
  );
  add('powersOf(dyn, string): list<string>', (person: Person, date: string) =>
    (references().postings(person.unitCode, person.staffNo, day(date)) ?? []).flatMap(
      (posting) => posting.powers,
    ),
  );
  add('duringOutage(double): bool', (at: number) => {
    const source = scope().view.events[0]?.source ?? '';
    return references()
      .outages(source)
      .some((outage) => at >= outage.from && at <= outage.to);
  });
  add(
    'agreedDelayHours(): double',
    () => references().feed(scope().anchor?.source ?? '').agreedDelayHours,
  );
  add('versionsReceived(): double', () => {
    const { view, anchor } = scope();
    return anchor === null ? 0 : (view.conflicts.get(identityKey(anchor))?.versions ?? 1);
  });
  add('batchFeed(): bool', () => references().feed(scope().anchor?.source ?? '').batch);
}
