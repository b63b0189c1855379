import type { Clock } from '#core/calendar/clock.js';
import { computeClock } from '#core/calendar/compute-clock.js';
import { FILING_LIMIT } from '#core/case/acceptance.js';
import type { CaseView, LimitName } from '#core/case/case-view.js';
import { isClosing } from '#core/case/closing.js';
import { outageStops } from '#core/case/limit-clock.js';
import { stopsFor } from '#core/case/pause.js';
import type { Day, Event, Instant, Limit } from '#core/event/event.js';
import { dayList } from '#explanation/day-list.js';
import type { Language } from '../language/language.js';
import { codeText, dayText, eventName, instantText, textOf } from '../language/texts.js';
import type { CaseClockDto } from './case.dto.js';

/** Days listed of one clock at most; a clock of a century is cut and says so. */
const MOST_DAYS = 1_100;

/** Answers to a filing (行政许可法 32). */
const FILING_ANSWERS: ReadonlySet<string> = new Set([
  'approval.accepted',
  'approval.refused',
  'approval.supplement-requested',
]);

type ClockName = CaseClockDto['name'];

interface Running {
  readonly name: ClockName;
  readonly stepCode: string | null;
  readonly start: Event;
  readonly clock: Clock;
  readonly ending: Event | null;
}

interface Missing {
  readonly name: ClockName;
  readonly why: string;
}

/**
 * The four clocks of a case side by side (time.md section 1), counted by the core: filing, promised, statutory, and one
 * for each step entered. A clock that does not run says why.
 */
export function caseClocks(view: CaseView, asOf: Instant, language: Language): CaseClockDto[] {
  const clocks = [
    filingClock(view),
    decisionClock(view, 'promised'),
    decisionClock(view, 'statutory'),
    ...stepClocks(view),
  ];
  return clocks.map((one) =>
    'why' in one ? missingDto(one, language) : runningDto(one, { view, asOf, language }),
  );
}

function firstFrom(view: CaseView, start: Event, ends: (event: Event) => boolean): Event | null {
  const from = view.events.indexOf(start);
  return view.events.find((event, index) => index > from && ends(event)) ?? null;
}

function filingClock(view: CaseView): Running | Missing {
  const received = view.first('approval.received');
  if (received === undefined) return { name: 'filing', why: 'not-received' };
  if (view.item?.tags.includes('filing-limit-special'))
    return { name: 'filing', why: 'special-limit' };
  const clock = computeClock({
    calendar: view.around.calendar,
    startAt: received.occurredAt,
    limit: { value: FILING_LIMIT, unit: 'G' },
    stops: outageStops(view),
  });
  const ending = firstFrom(
    view,
    received,
    (event) => FILING_ANSWERS.has(event.type) || isClosing(event),
  );
  return { name: 'filing', stepCode: null, start: received, clock, ending };
}

function decisionClock(view: CaseView, name: LimitName): Running | Missing {
  const { acceptance } = view;
  if (acceptance === null) return { name, why: 'not-accepted' };
  const clock = view.clock(name);
  if (clock === null) return { name, why: 'no-limit' };
  return { name, stepCode: null, start: acceptance.event, clock, ending: view.closing };
}

function stepClocks(view: CaseView): (Running | Missing)[] {
  const entered = view.ofType('approval.step-entered');
  if (entered.length === 0) return [{ name: 'step', why: 'no-step' }];
  const clocks = entered.flatMap((start) => stepClock(view, start) ?? []);
  return clocks.length > 0 ? clocks : [{ name: 'step', why: 'no-step-limit' }];
}

function stepClock(view: CaseView, start: Event): Running | null {
  const stepCode = String(start.data.stepCode ?? '');
  const limit =
    (start.data.stepLimit as Limit | null | undefined) ??
    view.item?.steps.find((step) => step.stepCode === stepCode)?.limit ??
    null;
  if (limit === null) return null;
  const on = view.dayOf(start);
  const begunWithin = stopsFor(view.pauses, 'statutory').filter((stop) => stop.first > on);
  const clock = computeClock({
    calendar: view.around.calendar,
    startAt: start.occurredAt,
    limit,
    stops: [...outageStops(view), ...begunWithin],
  });
  const ending = firstFrom(
    view,
    start,
    (event) =>
      isClosing(event) ||
      (event.type === 'approval.step-completed' && event.data.stepCode === stepCode),
  );
  return { name: 'step', stepCode, start, clock, ending };
}

function missingDto({ name, why }: Missing, language: Language): CaseClockDto {
  return {
    name,
    nameText: textOf(language, `clock.${name}`),
    stepCode: null,
    state: 'none',
    text: textOf(language, `clock-missing.${why}`),
    startedBy: null,
    startOn: null,
    total: null,
    unit: null,
    used: null,
    lastOn: null,
    lateAt: null,
    endedBy: null,
    endedOn: null,
    late: false,
    provisional: false,
    calendarVersion: null,
    days: [],
    cut: false,
  };
}

interface Context {
  readonly view: CaseView;
  readonly asOf: Instant;
  readonly language: Language;
}

function runningDto(running: Running, { view, asOf, language }: Context): CaseClockDto {
  const { name, stepCode, start, clock, ending } = running;
  const { calendar } = view.around;
  const endAt = ending?.occurredAt ?? asOf;
  const endOn: Day = calendar.dayOf(endAt);
  const isLate = endAt >= clock.lateAt;
  const shown = Math.max(clock.lastDay, endOn);
  const cutAt = Math.min(shown, clock.day0 + MOST_DAYS);
  const used = clock.unit === 'H' ? null : clock.usedOn(endOn);
  const state = ending === null ? 'running' : 'ended';
  return {
    name,
    nameText: textOf(language, `clock.${name}`),
    stepCode,
    state,
    text: textOf(language, `clock-state.${state}${isLate ? '-late' : ''}`, {
      start: eventName(language, start.type),
      startOn: dayText(clock.day0),
      total: clock.total,
      unit: codeText(language, 'unit', clock.unit),
      lastOn: dayText(clock.lastDay),
      used,
      asOf: dayText(calendar.dayOf(asOf)),
      end: ending === null ? null : eventName(language, ending.type),
      endOn: dayText(endOn),
    }),
    startedBy: { source: start.source, id: start.id },
    startOn: dayText(clock.day0),
    total: clock.total,
    unit: clock.unit,
    used,
    lastOn: dayText(clock.lastDay),
    lateAt: instantText(clock.lateAt),
    endedBy: ending === null ? null : { source: ending.source, id: ending.id },
    endedOn: ending === null ? null : dayText(endOn),
    late: isLate,
    provisional: clock.provisional,
    calendarVersion: calendar.version,
    days: dayList(clock.days(cutAt)),
    cut: cutAt < shown,
  };
}
