import type { Stop } from '../calendar/clock.js';
import { readDate } from '../calendar/local-time.js';
import type { Day, Event, Limit } from '../event/event.js';
import type { CaseView, LimitName } from './case-view.js';
import { dateOfTime } from './event-fact.js';
import type { LastDays } from './movers.js';

/** Grounds of a statutory procedure that stops the clock (行政许可法 45). */
const STATUTORY_GROUNDS = new Set([
  'hearing',
  'tender',
  'auction',
  'inspection',
  'testing',
  'quarantine',
  'appraisal',
  'expert-review',
]);

/** One pause as the law sees it (time.md section 5). */
export interface PauseFact {
  readonly event: Event;
  readonly resumed: Event | null;
  readonly pauseNo: string;
  readonly kind: string;
  readonly ground: string;
  readonly startOn: Day;
  /** End date, or null while it runs. */
  readonly endOn: Day | null;
  readonly limit: Limit;
  /** Ground allowed by law, catalogue or (kind A) the region. */
  readonly groundLawful: boolean;
  readonly approved: boolean;
  /** Written notice on the event or served by its own event in time. */
  readonly noticed: boolean;
  /** Recorded more than one working day after it began. */
  readonly backDated: boolean;
  /** Recorded after the promised clock's last day although said to begin not after it. */
  readonly recordedLate: boolean;
  /** Said to begin on the acceptance date and just long enough to cover the overrun. */
  readonly coversOverrun: boolean;
  /** Counts for the promised or the statutory clock. */
  readonly stopsPromised: boolean;
  readonly stopsStatutory: boolean;
  /** Days that stop the clocks if it counts, its own limit applied; null where none. */
  readonly stop: Stop | null;
}

/** Working days after its start by which a pause must be recorded and told (default; time.md section 5 (c), (d)). */
const RECORD_WITHIN = 1;
const KIND_A_CAP = 10;
const KIND_A_CAP_JOINT = 15;

/** Stops of a clock: the pauses that count for it. */
export function stopsFor(pauses: readonly PauseFact[], name: LimitName): Stop[] {
  const stops: Stop[] = [];
  for (const pause of pauses) {
    const counts = name === 'promised' ? pause.stopsPromised : pause.stopsStatutory;
    if (counts && pause.stop !== null) stops.push(pause.stop);
  }
  return stops;
}

/** Judges one pause against the clocks as they stood before it (time.md section 5). */
export function judgePause(
  view: CaseView,
  event: Event,
  startOn: Day,
  before: { readonly lasts: LastDays; readonly previousOn: Day | null },
): PauseFact {
  const { lasts, previousOn } = before;
  const { calendar } = view.around;
  const pauseNo = String(event.data.pauseNo ?? '');
  const resumed =
    view.ofType('approval.resumed').find((other) => other.data.pauseNo === pauseNo) ?? null;
  const endOn = resumed === null ? null : (dayField(resumed, 'endOn') ?? view.dayOf(resumed));
  const recordedOn = calendar.dayOf(event.recordedAt);
  const groundLawful = isGroundLawful(view, event);
  const approved = event.data.approver !== null && event.data.approver !== undefined;
  const told = { after: previousOn, from: startOn };
  const noticed = wasToldOfPause(view, event, told);
  const proved = isProved(view, event, startOn);
  const backDated = calendar.workdaysBetween(startOn, recordedOn) > RECORD_WITHIN;
  const stop = stopOf(view, event, startOn, endOn);
  const lawful = groundLawful && approved && noticed && (proved || !backDated);
  const coversOverrun = !proved && doesCoverOverrun(view, startOn, stop, lasts.promised);
  const notAfter = (last: Day | null) => proved || last === null || recordedOn <= last;
  return {
    event,
    resumed,
    pauseNo,
    kind: String(event.data.pauseKind ?? ''),
    ground: String(event.data.ground ?? ''),
    startOn,
    endOn,
    limit: event.data.limit as Limit,
    groundLawful,
    approved,
    noticed,
    backDated,
    recordedLate:
      lasts.promised !== null && startOn <= lasts.promised && recordedOn > lasts.promised,
    coversOverrun,
    stopsPromised: lawful && !coversOverrun && notAfter(lasts.promised),
    stopsStatutory: lawful && !coversOverrun && notAfter(lasts.statutory),
    stop,
  };
}

function isGroundLawful(view: CaseView, event: Event): boolean {
  const { references } = view.around;
  if (event.data.pauseKind === 'A') return references.region(event.regionCode).pauseKindA;
  const ground = String(event.data.ground ?? '');
  return STATUTORY_GROUNDS.has(ground) || (view.item?.stopGrounds.includes(ground) ?? false);
}

/** When a notice must have been served: later than `after` (the act before it), at most some working days after `from`. */
export interface ToldWhen {
  readonly after: Day | null;
  readonly from: Day;
}

function wasToldOfPause(view: CaseView, event: Event, when: ToldWhen): boolean {
  if (event.data.noticeServedAt !== null && event.data.noticeServedAt !== undefined) return true;
  return noticeServedBy(view, 'pause', when, RECORD_WITHIN);
}

/** A numbered paper notice served on the very day on which the pause is said to begin proves that day (IR-05). */
function isProved(view: CaseView, event: Event, startOn: Day): boolean {
  const { calendar } = view.around;
  const isOn = (time: unknown) => readDate(dateOfTime(time, calendar)) === startOn;
  const numbered = (no: unknown) => typeof no === 'string' && no.trim() !== '';
  if (numbered(event.data.noticeDocNo) && isOn(event.data.noticeServedAt)) return true;
  return view
    .ofType('approval.notice-served')
    .some(
      (notice) =>
        notice.data.noticeKind === 'pause' && numbered(notice.docNo) && isOn(notice.data.servedAt),
    );
}

/** True if a notice of that kind was served in time, at most `within` working days after `when.from`. */
export function noticeServedBy(
  view: CaseView,
  kind: string,
  when: ToldWhen,
  within: number,
): boolean {
  const { calendar } = view.around;
  const last = calendar.addWorkdays(when.from, within);
  return view.ofType('approval.notice-served').some((notice) => {
    if (notice.data.noticeKind !== kind) return false;
    const served = readDate(dateOfTime(notice.data.servedAt, calendar)) ?? view.dayOf(notice);
    return (when.after === null || served > when.after) && served <= last;
  });
}

function stopOf(view: CaseView, event: Event, startOn: Day, endOn: Day | null): Stop | null {
  const limit = event.data.limit as Limit | null;
  if (limit === null || limit === undefined) return null;
  const { calendar } = view.around;
  const kindACap = view.isJoint ? KIND_A_CAP_JOINT : KIND_A_CAP;
  const value = event.data.pauseKind === 'A' ? Math.min(limit.value, kindACap) : limit.value;
  const cap =
    limit.unit === 'G'
      ? calendar.addWorkdays(startOn, value)
      : startOn + (limit.unit === 'H' ? Math.ceil(value / 24) : value);
  const last = endOn === null ? cap : Math.min(cap, endOn);
  if (last <= startOn) return null;
  return { first: startOn + 1, last, cause: String(event.data.pauseNo ?? '') };
}

/** IR-05, third case: the pause starts with the acceptance and is exactly as long as the case is late, or one day longer. */
function doesCoverOverrun(
  view: CaseView,
  startOn: Day,
  stop: Stop | null,
  lastWithout: Day | null,
): boolean {
  const closing = view.closing;
  if (stop === null || lastWithout === null || closing === null) return false;
  if (view.acceptance?.on !== startOn) return false;
  const { calendar } = view.around;
  const overrun = calendar.workdaysBetween(lastWithout, view.dayOf(closing));
  if (overrun <= 0) return false;
  const slack = calendar.workdaysBetween(stop.first - 1, stop.last) - overrun;
  return slack === 0 || slack === 1;
}

/** A date field of an event as a day, or null where it is absent or unreadable. */
export function dayField(event: Event, field: string): Day | null {
  const value = event.data[field];
  return typeof value === 'string' ? readDate(value) : null;
}
