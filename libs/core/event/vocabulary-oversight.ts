import type { EventRow } from './vocabulary-row.js';

const PAYMENT =
  'enterprise: party!; contractNo!; deliveredOn!; agreedDays: int; amount: decimal!; delayReasonKind: enum';
const FEED = 'from: time!; to: time';

const ITEM = [
  'itemCode: item!; itemVersion!; validFrom: date!; validTo: date; name!',
  'kind: enum(instant|promised|joint|upward)!; agencyCode: agency!; regionCode: region!; level!',
  'legalBasis: text[]!; statutoryLimit: itemLimit!; promisedLimit: itemLimit!; stopGrounds: string[]',
  'steps: itemStep[]; materials: itemMaterial[]; conditions: text[]; fees: itemFee[]',
  'hearingRequired: bool; selectionRequired: bool; inspectionRequired: bool; siteVisitRequired: bool',
  'quotaLimited: bool; inspectorsMin: int(0..100); autoApproval: bool; promiseOption: promiseOption',
  'approverPosts: string[]!; publishLimit: limit; channels: string[]; tags: string[]',
].join('; ');

/** events.md sections 4 and 5: policy, enterprise, enforcement, remote, counter, catalog, calendar, org, feed. */
export const OVERSIGHT_ROWS: readonly EventRow[] = [
  [
    'policy.promised',
    '政策承诺',
    'Policy promised',
    'promiseId!; basisDoc: doc!; beneficiary: party!; content: text!; dueOn!; amount: decimal; applyFrom: date; applyTo: date',
  ],
  ['policy.progressed', '进展', 'Promise progressed', ''],
  [
    'policy.changed',
    '变更',
    'Promise changed',
    'reasonKind: enum(public-interest|leadership-change|reorganisation|other)!; legalProcedureDocNo; compensation',
  ],
  ['policy.claimed', '申请兑现', 'Delivery claimed', ''],
  ['policy.delivered', '兑现', 'Promise delivered', ''],
  ['policy.confirmed', '受益方确认', 'Beneficiary confirmed', 'accepted: bool!'],
  ['policy.paid', '拨付', 'Paid', 'amount: decimal!'],
  [
    'policy.eligible',
    '符合兑现条件(免申即享)',
    'Found eligible',
    'promiseId; beneficiary: party!; basis: text!',
  ],
  [
    'enterprise.filed',
    '企业诉求登记',
    'Enterprise complaint filed',
    'enterprise: party!; matter: text!; difficulty: enum(general|hard)!; confidential: bool!',
  ],
  ['enterprise.assigned', '交办', 'Assigned', 'owner: person!; dueOn!'],
  ['enterprise.progressed', '进展', 'Progressed', ''],
  ['enterprise.transferred', '转办', 'Transferred', ''],
  ['enterprise.extended', '延期', 'Extended', 'approver: person!'],
  ['enterprise.replied', '答复', 'Replied', ''],
  ['enterprise.confirmed', '企业确认', 'Enterprise confirmed', 'accepted: bool!; score: int'],
  ['enterprise.struck-off', '销号', 'Struck off', 'approver: person!'],
  ['enterprise.reopened', '复开', 'Reopened', 'reasonText!'],
  ['enterprise.payment-due', '应付账款到期', 'Payment due', PAYMENT],
  ['enterprise.payment-made', '付款', 'Payment made', PAYMENT],
  ['enterprise.inspected', '对企业检查', 'Enterprise inspected', 'enterprise: party!'],
  [
    'enforcement.penalised',
    '行政处罚决定',
    'Penalty decided',
    'enterprise: party!; ground!; decisionDocNo!; spotId: ref',
  ],
  [
    'remote.spot-found',
    '发现图斑',
    'Spot found',
    'area: decimal!; shape: geo!; severity: enum(minor|major)!; checkDueOn!; builder: party',
  ],
  [
    'remote.dispatched',
    '下发',
    'Spot dispatched',
    'area: decimal!; shape: geo!; severity: enum(minor|major)!; checkDueOn!; builder: party',
  ],
  [
    'remote.checked',
    '现场核查',
    'Spot checked',
    'inspectors: person[]!; place: geo!; photos: doc[]; verdict: enum(legal|illegal|natural-change|unclear)!',
  ],
  ['remote.case-filed', '立案', 'Penalty case filed', ''],
  ['remote.disposed', '处置', 'Disposed', 'dueOn!; measure!'],
  ['remote.fed-back', '反馈', 'Fed back', ''],
  ['remote.passed', '验收', 'Passed inspection', 'by: person!'],
  ['remote.struck-off', '销号', 'Struck off', 'approver: person!'],
  ['counter.attended', '考勤', 'Attendance taken', 'counterNo!'],
  ['counter.found', '视频/巡查发现', 'Found on video or patrol', 'counterNo!; behaviour: enum!'],
  ['counter.queue-sampled', '排队采样', 'Queue sampled', 'counterNo!; waitMinutes: int!'],
  ['counter.carded', '亮牌', 'Carded', 'counterNo!; level: enum(notice|yellow|red)!'],
  ['catalog.item-published', '事项发布', 'Item published', ITEM],
  [
    'catalog.item-retired',
    '事项取消',
    'Item retired',
    'itemCode: item!; itemVersion; validTo: date; basisDocNo; reasonText',
  ],
  [
    'calendar.published',
    '工作日历发布',
    'Working calendar published',
    'year: int(1..9999)!; regionCode: region; days: days!; basisDocNo!',
  ],
  [
    'org.posting-changed',
    '人员岗位变动',
    'Posting changed',
    'person: person!; post!; from: date!; to: date; powers: string[]; managementLevel: enum(central|provincial|municipal|county|unit); delegated: bool @1.1',
  ],
  [
    'org.relation-declared',
    '申报利害关系',
    'Relation declared',
    'person: person!; relatedParty: party!; kind: enum(kinship|shareholding|shared-address|other)!; from: date; to: date',
  ],
  ['feed.heartbeat', '心跳', 'Heartbeat', FEED],
  ['feed.gap-declared', '断流', 'Gap declared', FEED],
  ['feed.gap-cleared', '断流恢复', 'Gap cleared', FEED],
  ['feed.outage-declared', '停机公告', 'Outage declared', `${FEED}; approver: person`],
];
