import { APPROVAL_FACTS } from './example-approval.js';
import { approver, promised, statutory } from './example-parties.js';

type Facts = Readonly<Record<string, unknown>>;

/** Own fields of realistic examples by event type; types not named here get theirs from `example-values.ts`. */
export const EXAMPLE_FACTS: ReadonlyMap<string, Facts> = new Map<string, Facts>([
  ...APPROVAL_FACTS,
  [
    'complaint.filed',
    {
      complaintId: 'TS-2025-0031',
      realName: true,
      subject: { authority: 'bd-lcq-spj', subject: 'LC-2025-2201' },
      headings: ['delay', 'attitude'],
    },
  ],
  [
    'complaint.decided',
    {
      complaintId: 'TS-2025-0031',
      realName: true,
      subject: 'LC-2025-2201',
      accepted: false,
      reasonText: '同一事项已受理',
    },
  ],
  [
    'calendar.published',
    {
      year: 2026,
      days: { '2026-01-01': 'holiday', '2026-01-04': 'workday' },
      basisDocNo: '国办发明电〔2025〕7号',
    },
  ],
  [
    'org.posting-changed',
    {
      person: approver,
      post: '副局长',
      from: '2023-05-01',
      to: null,
      powers: ['000131013000', '000131014000'],
      managementLevel: 'county',
      delegated: false,
    },
  ],
  [
    'catalog.item-published',
    {
      itemCode: '000131013000',
      itemVersion: '4',
      validFrom: '2025-01-01',
      validTo: null,
      name: '食品经营许可(餐饮服务经营者)',
      kind: 'promised',
      agencyCode: '11130602MB1234567U',
      regionCode: '130606',
      level: 'county',
      legalBasis: ['食品安全法第三十五条', '食品经营许可和备案管理办法第九条'],
      statutoryLimit: { ...statutory, article: '食品经营许可和备案管理办法第二十四条' },
      promisedLimit: promised,
      stopGrounds: ['expert-review'],
      steps: [
        {
          stepCode: 'CB',
          name: '承办',
          role: 'handle',
          limit: { value: 3, unit: 'G' },
          mandatory: true,
          order: 1,
          responsiblePost: '食品科科员',
        },
        {
          stepCode: 'SH',
          name: '审核',
          role: 'review',
          limit: { value: 3, unit: 'G' },
          mandatory: true,
          order: 2,
          responsiblePost: '食品科科长',
          parallel: false,
        },
        {
          stepCode: 'PZ',
          name: '批准',
          role: 'approve',
          limit: { value: 2, unit: 'G' },
          mandatory: true,
          order: 3,
          responsiblePost: '副局长',
          autoApproval: false,
        },
      ],
      materials: [
        {
          code: 'CL-01',
          name: '食品经营许可申请书',
          required: true,
          source: 'applicant',
          originalRequired: true,
        },
        {
          code: 'CL-02',
          name: '经营场所布局图',
          required: true,
          source: 'applicant',
          tolerable: true,
        },
        { code: 'CL-03', name: '营业执照', required: true, source: 'shared' },
      ],
      conditions: ['有与经营规模相适应的场所和设施'],
      fees: [
        {
          feeCode: 'SF-01',
          standard: 120,
          basis: '冀价行费〔2019〕5号',
          waivers: ['冀财税〔2024〕11号第三条'],
        },
      ],
      hearingRequired: false,
      selectionRequired: false,
      inspectionRequired: false,
      siteVisitRequired: true,
      quotaLimited: false,
      inspectorsMin: 2,
      autoApproval: false,
      promiseOption: {
        allowed: true,
        checkWithin: { value: 60, unit: 'Z' },
        checkStandard: '食品经营许可审查通则',
        checkMethod: '现场核查',
        exempt: false,
      },
      approverPosts: ['副局长', '局长'],
      publishLimit: { value: 7, unit: 'G' },
      channels: ['counter', 'online'],
      tags: [],
    },
  ],
]);

/** Document number of examples whose type requires one. */
export const EXAMPLE_DOC_NO = '莲审告〔2025〕2201号';
