import { referenceRecords } from '#simulator/city/reference-events.js';
import { buildWorld } from '#simulator/city/world.js';
import type { SimulatedRecord } from '#simulator/simulate.js';

/*
 * The worked examples of the time rules that concern a case, as cases: facts of one window that arrive a minute after they
 * happened. Orders, payments and answers of other streams stand as cases with the same limits. Dates of the results are
 * those of the rules' table; none comes from this code.
 */

type Limit = readonly [value: number, unit: 'G' | 'Z' | 'H'];

interface Told {
  readonly type: string;
  /** Local date, with a time where not at ten. */
  readonly at: string;
  readonly own: Readonly<Record<string, unknown>>;
}

export interface WorkedExample {
  readonly name: string;
  readonly subject: string;
  readonly facts: readonly Told[];
  /** Clock that the example speaks of, and its last day as the table says. */
  readonly clock: 'filing' | 'promised' | 'statutory' | 'step';
  readonly lastOn: string;
  /** Last day before the notice of the next year was published. */
  readonly before?: string;
  /** month-day of every counted day up to the last, where the table lists them. */
  readonly counted?: string;
}

/** Local date so many days after another. */
function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

const SOURCE = 'window-7';
const AGENCY = '11130602MB1234567P';
const PERSON = { staffNo: 'W-07', name: '钱芳', post: '窗口', unitCode: 'BD-SPJ-CK' };
const HEAD = { staffNo: 'J-01', name: '周正', post: '局长', unitCode: 'BD-SPJ' };
const PAPER = { code: 'CL-01', name: '申请书', required: true, form: 'paper', status: 'received' };

const limitOf = ([value, unit]: Limit) => ({ value, unit });
const received = (at: string): Told => ({
  type: 'received',
  at,
  own: { receiptNo: '收1号', materials: [PAPER] },
});
const accepted = (at: string, limit: Limit, more: object = {}): Told => ({
  type: 'accepted',
  at,
  own: {
    acceptanceNo: '受1号',
    acceptedOn: at.slice(0, 10),
    statutoryLimit: limitOf(limit),
    promisedLimit: limitOf(limit),
    materials: [PAPER],
    ...more,
  },
});
const extended = (at: string, limit: Limit, approverRank = 'agency-head'): Told => ({
  type: 'extended',
  at,
  own: {
    addedLimit: limitOf(limit),
    approver: HEAD,
    approverRank,
    approvedOn: at.slice(0, 10),
    reasonText: '需要进一步核实材料。',
    noticeServedAt: instantOf(at),
  },
});

const decided = (at: string): Told => ({
  type: 'decided',
  at,
  own: { outcome: 'granted', decisionDocNo: '准予1号', approver: HEAD, reasonText: '符合条件。' },
});

/** Expert review of example 6, for so many working days as its notice says. */
function reviewed(days: number): Told[] {
  const pause = {
    pauseNo: '专家评审1',
    pauseKind: 'B',
    ground: 'expert-review',
    legalBasis: '行政许可法第四十五条',
    approver: HEAD,
    startOn: '2025-05-20',
    limit: limitOf([days, 'G']),
    noticeDocNo: '停〔2025〕6号',
    noticeServedAt: instantOf('2025-05-20'),
  };
  return [
    accepted('2025-05-12', [10, 'G'], { statutoryLimit: limitOf([20, 'G']) }),
    { type: 'paused', at: '2025-05-20', own: pause },
    {
      type: 'resumed',
      at: '2025-06-05T16:00',
      own: { pauseNo: '专家评审1', endOn: '2025-06-05', resultText: '通过评审。' },
    },
  ];
}

// Only an item of the catalogue makes a case a joint one.
const world = buildWorld({ seed: 5, startOn: '2024-01-03', days: 1 });
const jointItem = world.bureau.items.get('factory')?.code ?? '';
const joint = { itemCode: jointItem, itemVersion: '1' };

const jointCase = (on: string, more: readonly Told[] = []): Told[] => [
  accepted(on, [45, 'G'], joint),
  ...more,
];

const example = (
  name: string,
  clock: WorkedExample['clock'],
  lastOn: string,
  facts: readonly Told[],
  more: Partial<WorkedExample> = {},
): WorkedExample => ({
  name,
  subject: `WE-${name.replaceAll(/\W+/g, '-')}`,
  clock,
  lastOn,
  // Decided a week late, so that its days end there; the first one stays open.
  facts: name === '1' ? facts : [...facts, decided(daysAfter(lastOn, 7))],
  ...more,
});

export const WORKED_EXAMPLES: readonly WorkedExample[] = [
  example('1', 'statutory', '2024-03-05', [accepted('2024-02-01', [20, 'G'])], {
    counted:
      '02-02 02-04 02-05 02-06 02-07 02-08 02-09 02-18 02-19 02-20 02-21 02-22 02-23 02-26 02-27 02-28 02-29 03-01 03-04 03-05',
  }),
  example('2 filing', 'filing', '2024-10-09', [received('2024-09-26')], {
    counted: '09-27 09-29 09-30 10-08 10-09',
  }),
  example('2 deemed', 'statutory', '2024-10-29', [
    received('2024-09-26'),
    accepted('2024-10-15', [20, 'G']),
  ]),
  example('3', 'filing', '2025-02-07', [received('2025-01-24')], {
    counted: '01-26 01-27 02-05 02-06 02-07',
  }),
  example('4', 'statutory', '2025-05-13', [accepted('2025-04-25', [10, 'G'])], {
    counted: '04-27 04-28 04-29 04-30 05-06 05-07 05-08 05-09 05-12 05-13',
  }),
  example('5', 'statutory', '2025-10-17', [accepted('2025-09-15', [20, 'G'])]),
  example('5 extended', 'statutory', '2025-10-31', [
    accepted('2025-09-15', [20, 'G']),
    extended('2025-10-16', [10, 'G']),
  ]),
  example('5 extended late', 'statutory', '2025-10-17', [
    accepted('2025-09-15', [20, 'G']),
    extended('2025-10-20', [10, 'G']),
  ]),
  example('6', 'promised', '2025-06-11', reviewed(15), {
    counted: '05-13 05-14 05-15 05-16 05-19 05-20 06-06 06-09 06-10 06-11',
  }),
  example('6 over its notice', 'promised', '2025-06-10', reviewed(10)),
  example('7', 'promised', '2025-10-09', [accepted('2025-09-01', [30, 'Z'])]),
  example('8 Saturday', 'promised', '2025-09-28', [accepted('2025-09-13', [15, 'Z'])]),
  example('8 Friday', 'promised', '2025-09-28', [accepted('2025-09-12', [15, 'Z'])]),
  example(
    '9 Friday',
    'statutory',
    '2025-01-26',
    jointCase('2024-11-01', [extended('2024-11-05', [15, 'G'], 'government-head')]),
    { before: '2025-01-27' },
  ),
  example(
    '9 Tuesday',
    'statutory',
    '2025-02-05',
    jointCase('2024-11-05', [extended('2024-11-05T11:00', [15, 'G'], 'government-head')]),
    { before: '2025-02-03' },
  ),
  example('10', 'statutory', '2025-04-18', [
    received('2025-03-03'),
    {
      type: 'supplement-requested',
      at: '2025-03-06',
      own: {
        roundNo: 1,
        materials: [{ ...PAPER, status: 'missing' }],
        reasonText: '缺申请书。',
        docNo: '补〔2025〕1号',
      },
    },
    { type: 'supplemented', at: '2025-03-20', own: { materials: [PAPER], complete: true } },
    accepted('2025-03-20T11:00', [20, 'G']),
  ]),
  example('11', 'promised', '2026-05-09', [accepted('2026-04-29', [5, 'G'])], {
    counted: '04-30 05-06 05-07 05-08 05-09',
  }),
  example('11 extended', 'promised', '2026-05-15', [
    accepted('2026-04-29', [5, 'G']),
    extended('2026-05-08', [5, 'G']),
  ]),
  example('15', 'filing', '2026-02-27', [received('2026-02-13')]),
  example('16', 'promised', '2025-09-30', [accepted('2025-09-26', [3, 'G'])], {
    counted: '09-28 09-29 09-30',
  }),
  example('17', 'filing', '2025-08-22', [received('2025-08-16')]),
  example('18', 'statutory', '2026-02-10', jointCase('2025-12-08')),
  example(
    '18 extended',
    'statutory',
    '2026-03-09',
    jointCase('2025-12-08', [extended('2025-12-15', [15, 'G'], 'government-head')]),
  ),
  example('19', 'promised', '2025-10-09', [accepted('2025-09-05', [30, 'Z'])]),
  example('20', 'step', '2025-10-01', [
    accepted('2025-09-30T15:00', [20, 'G']),
    {
      type: 'step-entered',
      at: '2025-09-30T16:00',
      own: { stepCode: '承办', stepRole: 'handle', stepLimit: limitOf([24, 'H']) },
    },
  ]),
];

export const caseIdOf = ({ subject }: WorkedExample) => `${SOURCE}/${subject}`;

function instantOf(at: string): string {
  return at.length === 10 ? `${at}T10:00:00+08:00` : `${at}:00+08:00`;
}

function recordOf(subject: string, no: number, { type, at, own }: Told): SimulatedRecord {
  const time = instantOf(at);
  const { itemCode, itemVersion, ...rest } = own as Record<string, unknown>;
  const isJoint = itemCode !== undefined;
  const data = {
    vocabularyVersion: '1.1',
    recordedAt: time,
    occurredPrecision: 'second',
    agencyCode: isJoint ? world.bureau.agencyCode : AGENCY,
    regionCode: isJoint ? world.bureau.regionCode : '130606',
    ...(isJoint ? { itemCode, itemVersion } : {}),
    operator: PERSON,
    responsible: PERSON,
    dataVersion: 1,
    ...rest,
  };
  const id = `${subject}-${no}`;
  const event = { specversion: '1.0', id, source: SOURCE, type: `approval.${type}`, subject, time };
  return {
    key: `${SOURCE}/${subject}`,
    receivedAt: new Date(Date.parse(time) + 60_000).toISOString(),
    value: JSON.stringify({ ...event, datacontenttype: 'application/json', data }),
  };
}

/** A sign of life that takes every partition's time forward. */
function heartbeat(at: string): SimulatedRecord {
  const time = instantOf(at);
  const data = {
    vocabularyVersion: '1.1',
    recordedAt: time,
    occurredPrecision: 'second',
    agencyCode: AGENCY,
    regionCode: '130606',
    operator: PERSON,
    dataVersion: 1,
    from: new Date(Date.parse(time) - 3_600_000).toISOString().replace('Z', '+00:00'),
    to: time,
  };
  const event = { specversion: '1.0', id: `hb-${at}`, source: SOURCE, type: 'feed.heartbeat' };
  return {
    key: SOURCE,
    receivedAt: new Date(Date.parse(time)).toISOString(),
    value: JSON.stringify({
      ...event,
      subject: SOURCE,
      time,
      datacontenttype: 'application/json',
      data,
    }),
  };
}

const byArrival = (a: SimulatedRecord, b: SimulatedRecord) =>
  Date.parse(a.receivedAt) - Date.parse(b.receivedAt);

/** All records in order of arrival, until the day before the notice for 2025 was published and after it. */
export function workedExampleRecords(): {
  readonly before: readonly SimulatedRecord[];
  readonly after: readonly SimulatedRecord[];
} {
  const item = [...referenceRecords(world)]
    .filter(({ key, value }) => key === jointItem && value.includes('catalog.item-published'))
    .map(({ receivedAt, key, value }) => ({
      receivedAt: new Date(receivedAt).toISOString(),
      key,
      value,
    }));
  const facts = WORKED_EXAMPLES.flatMap(({ subject, facts: told }) =>
    told.map((fact, no) => recordOf(subject, no + 1, fact)),
  );
  const all = [...item, ...facts, heartbeat('2024-11-06'), heartbeat('2026-06-10')];
  all.sort(byArrival);
  const notice = Date.parse('2024-11-07T00:00:00Z');
  return {
    before: all.filter(({ receivedAt }) => Date.parse(receivedAt) < notice),
    after: all.filter(({ receivedAt }) => Date.parse(receivedAt) >= notice),
  };
}
