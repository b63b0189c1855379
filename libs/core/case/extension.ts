import type { Day, Event, Limit } from '../event/event.js';
import type { CaseView } from './case-view.js';
import type { LastDays } from './movers.js';
import { noticeServedBy } from './pause.js';

/** One extension as the law sees it (行政许可法 42; time.md section 6). */
export interface ExtensionFact {
  readonly event: Event;
  readonly approvedOn: Day;
  readonly added: Limit;
  readonly second: boolean;
  readonly overCap: boolean;
  readonly wrongRank: boolean;
  readonly untold: boolean;
  /** Approved after the statutory clock's last day. */
  readonly late: boolean;
  readonly extendsPromised: boolean;
  readonly extendsStatutory: boolean;
}

const CAP = 10;
const CAP_JOINT = 15;
/** Working days after approval within which the applicant must have been told. */
const TOLD_WITHIN = 1;

/** Judges one extension against the clocks as they stood before it; only the first of a case can move a deadline. */
export function judgeExtension(
  view: CaseView,
  event: Event,
  approvedOn: Day,
  before: { readonly lasts: LastDays; readonly second: boolean },
): ExtensionFact {
  const { lasts, second } = before;
  const added = event.data.addedLimit as Limit;
  const overCap = added.value > (view.isJoint ? CAP_JOINT : CAP);
  const wrongRank = event.data.approverRank !== (view.isJoint ? 'government-head' : 'agency-head');
  const told =
    (event.data.noticeServedAt !== null && event.data.noticeServedAt !== undefined) ||
    noticeServedBy(view, 'extension', { after: null, from: approvedOn }, TOLD_WITHIN);
  const reason = String(event.data.reasonText ?? '').trim() !== '';
  const lawful = !second && !overCap && !wrongRank && told && reason;
  return {
    event,
    approvedOn,
    added,
    second,
    overCap,
    wrongRank,
    untold: !told || !reason,
    late: lasts.statutory !== null && approvedOn > lasts.statutory,
    extendsPromised: lawful && lasts.promised !== null && approvedOn <= lasts.promised,
    extendsStatutory: lawful && lasts.statutory !== null && approvedOn <= lasts.statutory,
  };
}
