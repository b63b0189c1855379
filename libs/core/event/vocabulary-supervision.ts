import type { EventRow } from './vocabulary-row.js';

/** Carried by every supervision event (events.md section 7). `objectId` names the alert, clue, rule, bundle. */
const ACT = 'actor!; at: time!; objectId!; reasonText; approvedBy';

function act(type: string, zh: string, en: string, own = ''): EventRow {
  return [type, zh, en, own === '' ? ACT : `${ACT}; ${own}`];
}

const LEVEL = 'data|lead|notice|yellow|red';
const LEVEL_CHANGE = `from: enum(${LEVEL})!; to: enum(${LEVEL})!; cause: enum(knowledge|rule-effect|rectification|appeal)!`;

/** events.md section 7: written by this system only; a source that sends one is refused. */
export const SUPERVISION_ROWS: readonly EventRow[] = [
  act('alert.raised', '预警产生', 'Alert raised'),
  act('alert.held', '暂缓', 'Held'),
  act('alert.released', '解除暂缓', 'Released'),
  act('alert.grouped', '归并', 'Grouped'),
  act('alert.ended', '结束', 'Ended'),
  act('alert.assigned', '分派', 'Assigned'),
  act('alert.signed-for', '签收', 'Signed for'),
  [
    'alert.screened',
    '研判',
    'Screened',
    'actor!; at: time!; objectId!; reasonText!; approvedBy; finding: enum(false-alarm|explained|remind|oversight|rectify|hand-over)!',
  ],
  act('alert.explained', '说明', 'Explained'),
  act('alert.appealed', '申诉', 'Appealed'),
  act(
    'alert.appeal-decided',
    '复核决定',
    'Appeal decided',
    'outcome: enum(uphold|change|reverse)!',
  ),
  act('alert.rectification-started', '开始整改', 'Rectification started'),
  act('alert.notice-issued', '发出文书', 'Notice issued', 'documentKind!; dueOn'),
  act('alert.escalated', '升级', 'Escalated'),
  act('alert.level-raised', '级别上调', 'Level raised', LEVEL_CHANGE),
  act('alert.level-lowered', '级别下调', 'Level lowered', LEVEL_CHANGE),
  act('alert.rectified', '整改完成', 'Rectified'),
  act('alert.reviewed', '复核', 'Reviewed', 'by!'),
  act('alert.struck-off', '销号', 'Struck off'),
  act('alert.retracted', '撤回', 'Retracted'),
  act('alert.handed-over', '移送', 'Handed over'),
  act('alert.silenced', '静默', 'Silenced', 'scope!; until: time!'),
  act('clue.registered', '问题线索登记', 'Clue registered'),
  act('clue.disposed', '问题线索处置', 'Clue disposed'),
  act('rule.published', '规则发布', 'Rule published'),
  act('rule.disabled', '规则停用', 'Rule disabled'),
  act('rule.parameter-changed', '规则参数变更', 'Rule parameter changed'),
  act(
    'access.queried',
    '查询',
    'Case or person looked up',
    'purpose: text!; caseNo; personLookedUp',
  ),
  act('access.revealed', '身份解密', 'Identity revealed'),
  act('access.exported', '导出', 'Exported'),
  act('evidence.requested', '证据申请', 'Evidence requested'),
  act('evidence.approved', '证据批准', 'Evidence approved'),
  act('evidence.handed-over', '证据移交', 'Evidence handed over'),
  act('evidence.verified', '证据验真', 'Evidence verified'),
  act('recusal.declared', '回避', 'Recusal declared'),
  act('intervention.recorded', '过问登记', 'Intervention recorded'),
  act('audit.broken', '留痕异常', 'Audit trail broken'),
];

/** events.md section 6: computed inside the fold, projected for reading, never read back. */
export const DERIVED_ROWS: readonly EventRow[] = [
  ['approval.deemed-accepted', '视为受理', 'Deemed accepted', 'acceptedOn!'],
  ['approval.deemed-renewed', '视为准予延续', 'Deemed renewed', 'licenceExpiresOn!'],
  ['approval.deemed-withdrawn', '视为撤回', 'Deemed withdrawn', ''],
  ['approval.deemed-consented', '视为同意', 'Deemed consented', 'consultId: ref!; consultedUnit!'],
  [
    'clock.recomputed',
    '期限重算',
    'Deadline recomputed',
    'oldDueOn!; newDueOn!; cause: text!; oldCalendarVersion!; newCalendarVersion!',
  ],
];
