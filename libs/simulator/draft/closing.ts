import type { Day, Instant } from '#core/event/event.js';
import { addWorkdays } from '../workdays.js';
import type { CaseDraft } from './case-draft.js';
import type { Fact } from './fact.js';
import { dayIn, serve } from './filing.js';
import { doRole } from './handling.js';

export interface DecisionOptions {
  readonly outcome?: 'granted' | 'denied';
  readonly decided?: Record<string, unknown>;
  readonly by?: Partial<Fact>;
}

/** 决定 alone. A denial gives its reasons and remedies. */
export function decide(c: CaseDraft, on: Day | Instant, o: DecisionOptions = {}): Fact {
  const outcome = o.outcome ?? 'granted';
  const data: Record<string, unknown> = {
    outcome,
    decisionDocNo: c.docNo('决'),
    approver: c.crew.approver,
    ...(outcome === 'granted'
      ? { licenceNo: `YC${c.index}` }
      : { reasonText: '申请场所不符合规定的间距要求,依法不予许可。', remedyNotice: true }),
    ...o.decided,
  };
  return c.say('decided', on, data, { operator: c.crew.approver, docNo: c.docNo('决'), ...o.by });
}

/** 办结. */
export function conclude(
  c: CaseDraft,
  on: Day | Instant,
  conclusion: string,
  by: Partial<Fact> = {},
): Fact {
  return c.say('concluded', on, { conclusion }, by);
}

export function deliver(c: CaseDraft, on: Day | Instant, by: Partial<Fact> = {}): Fact {
  return c.say(
    'delivered',
    on,
    {
      method: c.random.chance(0.5) ? '邮寄' : '窗口领取',
      recipient: c.applicant,
      licenceNo: `YC${c.index}`,
    },
    { operator: c.crew.clerk, ...by },
  );
}

export function publish(
  c: CaseDraft,
  on: Day | Instant,
  exemptGround?: string,
  by: Partial<Fact> = {},
): Fact {
  const data: Record<string, unknown> = { place: '云川市人民政府网站行政许可公示栏' };
  if (exemptGround) data.exemptGround = exemptGround;
  return c.say('published', on, data, by);
}

/** 否定报备 to both leaders, before a negative outcome. */
export function fileRefusal(
  c: CaseDraft,
  on: Day | Instant,
  outcome = 'refuse',
  persons = 2,
): Fact {
  const { staff } = c.place.agency;
  const leaders = [staff.head, staff.approvers[0] ?? staff.head].slice(0, persons);
  return c.say('refusal-filed', on, {
    filedTo: leaders,
    plannedOutcome: outcome,
    reasonText: '拟作出否定性处理,事实和依据附后。',
  });
}

/** 不予受理, reported beforehand and served, with reason and remedy. */
export function refuse(
  c: CaseDraft,
  on: Day,
  refused: Record<string, unknown> = {},
  by: Partial<Fact> = {},
): Fact {
  return c.say(
    'refused',
    on,
    {
      reasonKind: 'not-eligible',
      reasonText: '申请事项不符合受理条件,缺少法定前置材料。',
      remedyNotice: true,
      ...refused,
    },
    { operator: c.crew.clerk, docNo: c.docNo('拒'), ...by },
  );
}

/** 退件 and its conclusion. */
export function giveBack(c: CaseDraft, on: Day | Instant, stage: string, reason?: string): Fact {
  const fact = c.say('returned', on, {
    stage,
    reasonText: reason ?? '申请人逾期未补正,材料退回,可重新申请。',
    remedyNotice: true,
  });
  conclude(c, fact.at + 300_000, 'returned');
  return fact;
}

/** 申请人撤回 by a signed statement, and its conclusion. */
export function withdraw(c: CaseDraft, on: Day | Instant): Fact {
  const fact = c.say(
    'withdrawn',
    on,
    { statement: { id: `CH-${c.index}`, digest: `sha256:${String(c.index).padStart(64, '0')}` } },
    { operator: c.crew.clerk },
  );
  conclude(c, fact.at + 300_000, 'withdrawn');
  return fact;
}

export interface FinishOptions extends DecisionOptions {
  /** Working days from the decision to delivery and publication; null leaves the fact out. */
  readonly deliverAfter?: number | null;
  readonly publishAfter?: number | null;
}

/** Delivery and publication of a grant: both by the fourth working day after it unless told otherwise. */
export function afterGrant(c: CaseDraft, decided: Fact, o: FinishOptions = {}): void {
  const on = dayIn(decided.at);
  const day = (n: number) => (n === 0 ? on : addWorkdays(on, n));
  const deliverAfter = o.deliverAfter === undefined ? c.random.between(0, 4) : o.deliverAfter;
  const publishAfter = o.publishAfter === undefined ? c.random.between(0, 4) : o.publishAfter;
  if (deliverAfter !== null) deliver(c, day(deliverAfter));
  if (publishAfter !== null) publish(c, day(publishAfter));
}

/** All steps still open, decision, notice, conclusion, delivery, publication; gives the decision. */
export function finish(c: CaseDraft, on: Day, o: FinishOptions = {}): Fact {
  doRole(c, 'handle', on);
  doRole(c, 'review', on);
  doRole(c, 'approve', on);
  return settle(c, on, o);
}

/** Decision, notice, conclusion, delivery and publication, no steps. */
export function settle(c: CaseDraft, on: Day | Instant, o: FinishOptions = {}): Fact {
  const outcome = o.outcome ?? 'granted';
  if (outcome === 'denied') fileRefusal(c, on, 'deny');
  const decided = decide(c, on, o);
  const day = dayIn(decided.at);
  serve(c, 'decision', day);
  conclude(c, day, outcome);
  if (outcome === 'granted') afterGrant(c, decided, o);
  return decided;
}

/** The decision told to the applicant. */
export function serveDecision(c: CaseDraft, on: Day): Fact {
  return serve(c, 'decision', on);
}
