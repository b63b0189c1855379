import type { Day, Instant } from '#core/event/event.js';
import type { StepSpec } from '../city/item-spec.js';
import type { Officer } from '../city/officers.js';
import { dateOf, isoOf, isWorkday, workdayFrom } from '../workdays.js';
import { type CaseDraft, countedDay } from './case-draft.js';
import type { Fact } from './fact.js';
import { dayIn } from './filing.js';

const OPINIONS = [
  '经核对,申请材料与经营场所平面图一致,符合第三条规定的条件,建议准予。',
  '已查验共享数据,主体资格有效期至明年六月,无失信记录,拟同意办理。',
  '材料齐全,现场照片与图纸相符,消防通道宽度满足规范要求。',
  '经复核计算,排水量与管网容量匹配,可以按申请规模批准。',
  '申请人补充说明清楚,人员资格证书在有效期内,建议进入下一环节。',
  '对照目录逐项核验无误,选址符合规划,同意拟办意见。',
];

/** An opinion that says something of the case. */
export function opinionOf(c: CaseDraft): string {
  return OPINIONS[c.random.between(0, OPINIONS.length - 1)] ?? '';
}

export function officerFor(c: CaseDraft, step: StepSpec): Officer {
  if (step.role === 'approve') return c.crew.approver;
  if (step.role === 'review') return c.crew.reviewer;
  return step.code === 'L2' || step.code === 'L4' ? c.crew.second : c.crew.handler;
}

export function stepOf(c: CaseDraft, role: string): StepSpec {
  const step = c.steps.find((one) => one.role === role || one.code === role);
  if (!step) throw new Error(`item ${c.place.item.spec.key} has no step ${role}`);
  return step;
}

export interface StepOptions {
  readonly by?: Partial<Fact>;
  readonly limit?: { readonly value: number; readonly unit: string };
  readonly withoutLimit?: boolean;
  readonly completed?: Record<string, unknown>;
}

/** 进入环节. */
export function enter(c: CaseDraft, step: StepSpec, on: Day | Instant, o: StepOptions = {}): Fact {
  const data: Record<string, unknown> = { stepCode: step.code, stepRole: step.role };
  if (!o.withoutLimit) data.stepLimit = o.limit ?? step.limit;
  const operator = officerFor(c, step);
  return c.say('step-entered', on, data, { operator, ...o.by });
}

/** 环节办理完毕. */
export function complete(
  c: CaseDraft,
  step: StepSpec,
  on: Day | Instant,
  o: StepOptions = {},
): Fact {
  c.completed.add(step.code);
  const operator = officerFor(c, step);
  const data = {
    stepCode: step.code,
    result: 'pass',
    opinion: opinionOf(c),
    signed: true,
    ...o.completed,
  };
  return c.say('step-completed', on, data, { operator, ...o.by });
}

/** A step entered and completed on one day. */
export function doStep(c: CaseDraft, role: string, on: Day, o: StepOptions = {}): Fact {
  const step = stepOf(c, role);
  enter(c, step, on, o);
  return complete(c, step, on, o);
}

/** Every step of a role not completed yet, on one day. */
export function doRole(c: CaseDraft, role: string, on: Day): void {
  for (const step of c.steps)
    if (step.role === role && step.mandatory && !c.completed.has(step.code)) {
      enter(c, step, on);
      complete(c, step, on);
    }
}

export interface PauseOptions {
  readonly no?: string;
  readonly kind?: 'A' | 'B';
  readonly ground?: string;
  readonly limit?: { readonly value: number; readonly unit: string };
  readonly paused?: Record<string, unknown>;
  readonly by?: Partial<Fact>;
  /** Notice on the pause itself; a separate notice is served by the caller. */
  readonly notice?: boolean;
  readonly startOn?: Day;
}

/** 特别程序开始: lawful unless told otherwise; the approver is the bureau's head. */
export function pause(c: CaseDraft, on: Day | Instant, o: PauseOptions = {}): Fact {
  const at = on > 1e9 ? on : c.time(on);
  const kind = o.kind ?? 'B';
  const data: Record<string, unknown> = {
    pauseNo: o.no ?? '1',
    pauseKind: kind,
    legalBasis: '行政许可法第四十五条',
    approver: c.place.agency.staff.head,
    startOn: dateOf(o.startOn ?? dayIn(at)),
    limit: o.limit ?? { value: 10, unit: 'G' },
    ...(kind === 'B' ? { ground: o.ground ?? 'expert-review' } : {}),
  };
  if (o.notice ?? true) {
    data.noticeDocNo = c.docNo('停');
    data.noticeServedAt = isoOf(at);
  }
  const merged = { ...data, ...o.paused };
  for (const key of Object.keys(merged))
    if (merged[key as keyof typeof merged] === undefined) delete merged[key as keyof typeof merged];
  return c.say('paused', at, merged, o.by);
}

/** 特别程序结束 on the date it is said. */
export function resume(c: CaseDraft, on: Day | Instant, no = '1'): Fact {
  const at = on > 1e9 ? on : c.time(on);
  return c.say('resumed', at, {
    pauseNo: no,
    endOn: dateOf(dayIn(at)),
    resultText: '专项程序已完成,结果材料已归档。',
  });
}

/** Days that a lawful pause of `limit` days stops, from the day after its start to its end. */
export function stop(c: CaseDraft, from: Day, to: Day, limit = 10): void {
  const capped = Math.min(to, countedDay(from, limit, 'G', new Set()));
  for (let day = from + 1; day <= capped; day += 1) c.stopped.add(day);
}

/** A lawful pause from one day to another, kept within its limit. */
export function lawfulPause(c: CaseDraft, from: Day, to: Day, o: PauseOptions = {}): Fact {
  const fact = pause(c, from, o);
  stop(c, from, to, o.limit?.value ?? 10);
  resume(c, to, o.no);
  return fact;
}

export interface ExtensionOptions {
  readonly added?: number;
  readonly extended?: Record<string, unknown>;
  readonly approvedOn?: Day;
  readonly told?: boolean;
}

/** 延期批准 by the officer the law names; `added` working days. */
export function extend(c: CaseDraft, on: Day, o: ExtensionOptions = {}): Fact {
  const joint = c.place.item.spec.kind === 'joint';
  const at = c.time(on);
  const data: Record<string, unknown> = {
    addedLimit: { value: o.added ?? (joint ? 15 : 10), unit: 'G' },
    approver: c.place.agency.staff.head,
    approverRank: joint ? 'government-head' : 'agency-head',
    approvedOn: dateOf(o.approvedOn ?? on),
    reasonText: '案情复杂,需征求多个部门意见,经批准延长办理期限。',
  };
  if (o.told ?? true) data.noticeServedAt = isoOf(at);
  return c.say('extended', at, { ...data, ...o.extended }, { docNo: c.docNo('延') });
}

/** 指派核查, and the inspection itself, by the officers given. */
export function assign(
  c: CaseDraft,
  on: Day,
  kind = 'site',
  officers: readonly Officer[] = inspectors(c),
): Fact {
  return c.say('inspection-assigned', on, {
    assignmentNo: `HC-${c.index}`,
    kind,
    inspectors: officers,
  });
}

export function inspect(
  c: CaseDraft,
  on: Day | Instant,
  officers: readonly Officer[] = inspectors(c),
): Fact {
  return c.say('inspected', on, {
    assignmentNo: `HC-${c.index}`,
    inspectors: officers,
    place: { lon: 115.46, lat: 38.87, accuracyM: 12 },
    result: 'met',
  });
}

export function inspectors(c: CaseDraft): readonly Officer[] {
  return c.place.agency.staff.inspectors.slice(0, Math.max(2, c.place.item.spec.inspectorsMin));
}

/** First day from `day` on whose next day is a rest day. */
export function eveOfRest(day: Day): Day {
  let eve = workdayFrom(day);
  while (isWorkday(eve + 1)) eve += 1;
  return eve;
}
