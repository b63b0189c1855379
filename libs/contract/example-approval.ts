import {
  applicant,
  approver,
  form,
  inspectors,
  layout,
  licence,
  promised,
  statutory,
} from './example-parties.js';

/** Own fields of the approval examples: the story of one 食品经营许可 case, told by type. */
export const APPROVAL_FACTS: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map<
  string,
  Readonly<Record<string, unknown>>
>([
  [
    'approval.applied',
    {
      applicationType: 'renewal',
      applicant,
      materials: [form, layout, licence],
      channel: 'counter',
      licenceNo: 'JY21306020001234',
      licenceExpiresOn: '2025-11-30',
    },
  ],
  ['approval.prechecked', { result: 'supplement', reasonText: '布局图未标注粗加工区' }],
  [
    'approval.received',
    { receiptNo: '莲审收〔2025〕2201号', materials: [form, layout, licence], extraDemand: '' },
  ],
  [
    'approval.accepted',
    {
      acceptanceNo: '莲审受〔2025〕2201号',
      acceptedOn: '2025-09-15',
      statutoryLimit: statutory,
      promisedLimit: promised,
      feeQuoted: 0,
      materials: [form, licence],
      toleratedMaterials: [{ ...layout, status: 'tolerated', dueOn: '2025-09-26' }],
      toleranceDueOn: '2025-09-26',
    },
  ],
  [
    'approval.refused',
    {
      reasonKind: 'not-eligible',
      reasonText: '经营场所在住宅楼内且无独立排烟通道,不符合《食品经营许可审查通则》第十二条',
      remedyNotice: true,
    },
  ],
  [
    'approval.supplement-requested',
    {
      roundNo: 1,
      materials: [layout],
      reasonText: '布局图未标注粗加工区与切配区',
      dueOn: '2025-09-12',
    },
  ],
  ['approval.supplemented', { materials: [{ ...layout, status: 'received' }], complete: true }],
  [
    'approval.step-entered',
    { stepCode: 'SH', stepRole: 'review', stepLimit: { value: 3, unit: 'G' } },
  ],
  [
    'approval.step-completed',
    {
      stepCode: 'SH',
      result: 'pass',
      opinion: '材料齐全,现场核查符合要求,拟同意。',
      signed: true,
      nextStepCode: 'PZ',
    },
  ],
  [
    'approval.transferred',
    {
      fromUnit: 'BD-SPJ-CK',
      toUnit: 'BD-SPJ-SP',
      toPerson: inspectors[0],
      reasonText: '按职责分工由食品科办理',
    },
  ],
  [
    'approval.consulted',
    { consultId: 'HQ-2025-0388', consultedUnit: 'BD-HBJ', dueOn: '2025-09-24' },
  ],
  [
    'approval.opinion-given',
    { consultId: 'HQ-2025-0388', result: 'agree', opinion: '油烟净化设施符合要求。' },
  ],
  [
    'approval.submitted-upward',
    {
      upperAgency: '河北省市场监督管理局',
      reviewOpinion: '初审合格,同意上报。',
      materials: [form, layout, licence],
    },
  ],
  [
    'approval.paused',
    {
      pauseNo: 'TB-2025-0102',
      pauseKind: 'B',
      ground: 'expert-review',
      legalBasis: '行政许可法第四十五条',
      approver,
      startOn: '2025-09-18',
      limit: { value: 10, unit: 'G' },
      noticeDocNo: '莲审特〔2025〕102号',
      noticeServedAt: '2025-09-18T15:20:00+08:00',
    },
  ],
  [
    'approval.resumed',
    {
      pauseNo: 'TB-2025-0102',
      endOn: '2025-09-25',
      resultText: '专家评审通过,附评审意见。',
      fee: '0.00',
    },
  ],
  [
    'approval.extension-requested',
    { addedLimit: promised, reasonText: '需向外省核实生产许可信息' },
  ],
  [
    'approval.extended',
    {
      addedLimit: promised,
      approver,
      approverRank: 'agency-head',
      approvedOn: '2025-09-26',
      reasonText: '需向外省核实生产许可信息',
      noticeServedAt: '2025-09-26T16:00:00+08:00',
    },
  ],
  ['approval.hearing-requested', { requester: applicant }],
  [
    'approval.hearing-held',
    {
      heldAt: '2025-09-24T09:00:00+08:00',
      chair: approver,
      minutesDocNo: '莲审听〔2025〕7号',
    },
  ],
  ['approval.inspection-assigned', { assignmentNo: 'HC-2025-0917', kind: 'site', inspectors }],
  [
    'approval.inspected',
    {
      assignmentNo: 'HC-2025-0917',
      inspectors,
      place: {
        lon: 115.4923,
        lat: 38.8671,
        accuracyM: 12,
        takenAt: '2025-09-19T10:12:30+08:00',
      },
      photos: [{ id: 'FJ-88102', digest: 'sha256:0f4c1e' }],
      result: 'met',
    },
  ],
  ['approval.selection-held', { method: 'exam', resultDocNo: '莲审考〔2025〕3号' }],
  ['approval.fee-charged', { feeCode: 'SF-01', amount: '120.00', billNo: '冀财票0098817' }],
  [
    'approval.fee-waived',
    {
      feeCode: 'SF-01',
      amount: 120,
      approver,
      legalBasis: '冀财税〔2024〕11号第三条',
    },
  ],
  [
    'approval.refusal-filed',
    {
      filedTo: [approver, inspectors[0]],
      plannedOutcome: 'deny',
      reasonText: '现场核查结论为不符合',
    },
  ],
  [
    'approval.notice-served',
    {
      noticeKind: 'acceptance',
      servedAt: '2025-09-15T10:05:00+08:00',
      method: 'in-person',
    },
  ],
  [
    'approval.decided',
    {
      outcome: 'granted',
      decisionDocNo: '莲审许〔2025〕2201号',
      approver,
      reasonText: '',
      remedyNotice: true,
      licenceNo: 'JY21306020001234',
      licenceExpiresOn: '2030-11-30',
      attributes: { areaM2: 180, seats: 60, coldDishes: false },
    },
  ],
  ['approval.concluded', { conclusion: 'granted' }],
  [
    'approval.delivered',
    { method: 'counter', recipient: applicant, licenceNo: 'JY21306020001234' },
  ],
  ['approval.published', { place: 'https://xk.example.cn/JY21306020001234', exemptGround: 'none' }],
  [
    'approval.returned',
    { stage: 'before-acceptance', reasonText: '申请人未在期限内补正', remedyNotice: true },
  ],
  ['approval.voided', { approver, reasonText: '重复申报,原件继续办理' }],
  ['approval.withdrawn', { statement: { id: 'FJ-88190', digest: 'sha256:9a02d7' } }],
  [
    'approval.amended',
    {
      changes: { licenceExpiresOn: { before: '2030-11-03', after: '2030-11-30' } },
      approver,
      legalBasis: '行政许可法第六十九条',
    },
  ],
  [
    'approval.licence-revoked',
    { legalBasis: '行政许可法第六十九条第二款', decisionDocNo: '莲审撤〔2025〕1号' },
  ],
  [
    'approval.rated',
    {
      score: 2,
      realName: true,
      deviceHash: 'dev:51c0',
      text: '来了三趟才办成',
      ratedPerson: inspectors[0],
    },
  ],
]);
