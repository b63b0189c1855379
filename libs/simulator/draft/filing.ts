import type { Day, Instant } from '#core/event/event.js';
import { versionOn } from '../city/world.js';
import { dateOf, isoOf } from '../workdays.js';
import type { CaseDraft } from './case-draft.js';
import type { Fact } from './fact.js';

export type MaterialStatus = 'missing' | 'received' | 'tolerated';

/** One material as events list it. */
export function materialFact(
  c: CaseDraft,
  no: string,
  status: MaterialStatus,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const spec = c.material(no);
  const form = spec.shared ? 'shared' : 'electronic';
  return { code: spec.code, name: spec.name, required: spec.required, form, status, ...more };
}

/** All required materials of the item, those in `except` with another status; null leaves one out. */
export function materialList(
  c: CaseDraft,
  except: Readonly<Record<string, MaterialStatus | null>> = {},
): Record<string, unknown>[] {
  const list: Record<string, unknown>[] = [];
  for (const { code, required } of c.place.item.spec.materials) {
    const no = code.slice(code.lastIndexOf('-'));
    const status = except[no.slice(1)];
    if (code.startsWith('SAMPLE')) {
      if (except.SAMPLE !== null) list.push(materialFact(c, code, except.SAMPLE ?? 'received'));
    } else if (status !== null && (required || status !== undefined)) {
      list.push(materialFact(c, no, status ?? 'received'));
    }
  }
  return list;
}

export interface FilingOptions {
  readonly channel?: string;
  readonly type?: string;
  readonly applied?: Record<string, unknown>;
  readonly appliedAt?: Day | Instant;
  readonly receivedOn?: Day | Instant;
  readonly materials?: Record<string, unknown>[];
  readonly extraDemand?: string;
}

/** 申办 and 收件, on the filing day unless told otherwise; gives the receipt. */
export function file(c: CaseDraft, o: FilingOptions = {}): Fact {
  apply(c, o);
  return receive(c, o);
}

export function apply(c: CaseDraft, o: FilingOptions = {}): Fact {
  const materials = o.materials ?? materialList(c);
  const allowed = c.place.item.spec.channels;
  return c.say(
    'applied',
    o.appliedAt ?? c.filedOn,
    {
      applicationType: o.type ?? 'new',
      applicant: c.applicant,
      materials,
      channel: o.channel ?? allowed[c.index % allowed.length],
      ...o.applied,
    },
    { operator: c.crew.clerk },
  );
}

export function receive(c: CaseDraft, o: FilingOptions = {}): Fact {
  const receipt: Record<string, unknown> = {
    receiptNo: `SJ-${c.index}`,
    materials: o.materials ?? materialList(c),
  };
  if (o.extraDemand !== undefined) receipt.extraDemand = o.extraDemand;
  return c.say('received', o.receivedOn ?? c.filedOn, receipt, { operator: c.crew.clerk });
}

export interface AcceptOptions {
  readonly accepted?: Record<string, unknown>;
  readonly by?: Partial<Fact>;
  /** Acceptance already rests on other facts: deemed acceptance, or the day the supplement was complete. */
  readonly keepClock?: boolean;
  readonly notice?: boolean;
  readonly materials?: Record<string, unknown>[];
}

/** 受理 with its notice; sets the day 0 of the decision clocks unless it is fixed already. */
export function accept(c: CaseDraft, on: Day | Instant, o: AcceptOptions = {}): Fact {
  const version = versionOn(c.place.item, c.clockFrom || (on > 1e9 ? c.filedOn : on));
  if (version) {
    c.promised = version.promised;
    c.statutory = version.statutory;
  }
  const at = on > 1e9 ? on : c.time(on);
  const fact = c.say(
    'accepted',
    at,
    {
      acceptanceNo: `SL-${c.index}`,
      acceptedOn: dateOf(dayIn(at)),
      statutoryLimit: c.statutory,
      promisedLimit: c.promised,
      materials: o.materials ?? materialList(c),
      ...o.accepted,
    },
    { operator: c.crew.clerk, docNo: c.docNo('受'), ...o.by },
  );
  if (!o.keepClock) {
    if (c.clockFrom === 0) c.clockFrom = dayIn(at);
    c.anchor = fact;
  }
  if (o.notice ?? true) serve(c, 'acceptance', dayIn(at));
  return fact;
}

const ZONE_MS = 8 * 3_600_000;

/** Local date of an instant, as a day. */
export function dayIn(at: Instant): Day {
  return Math.floor((at + ZONE_MS) / 86_400_000);
}

/** 告知送达. */
export function serve(
  c: CaseDraft,
  noticeKind: string,
  when: Day | Instant,
  by: Partial<Fact> = {},
): Fact {
  const at = when > 1e9 ? when : c.time(when);
  return c.say(
    'notice-served',
    at,
    { noticeKind, servedAt: isoOf(at), method: 'electronic' },
    { docNo: c.docNo('告'), ...by },
  );
}

export interface SupplementOptions {
  readonly round?: number;
  readonly reasonText?: string;
  readonly dueOn?: Day | null;
  readonly docNo?: string;
}

/** 补正告知. */
export function askSupplement(
  c: CaseDraft,
  on: Day | Instant,
  materials: Record<string, unknown>[],
  o: SupplementOptions = {},
): Fact {
  const data: Record<string, unknown> = {
    roundNo: o.round ?? 1,
    materials,
    reasonText: o.reasonText ?? '所列材料未提交,请一次性补齐后办理受理。',
  };
  if (o.dueOn) data.dueOn = dateOf(o.dueOn);
  return c.say('supplement-requested', on, data, { docNo: o.docNo ?? c.docNo('补') });
}

/** 补正收齐; before acceptance its day is day 0 of the decision clocks. */
export function supplement(
  c: CaseDraft,
  on: Day | Instant,
  materials: Record<string, unknown>[],
  complete = true,
): Fact {
  return c.say('supplemented', on, { materials, complete }, { operator: c.crew.clerk });
}

/** Filing complete and accepted `after` working days later: the plain beginning of a case. */
export function toAcceptance(c: CaseDraft, acceptOn: Day = c.filedOn, o: FilingOptions = {}): Fact {
  file(c, o);
  return accept(c, acceptOn);
}
