/** A limit of the catalogue: G working days, Z natural days, H hours. */
export interface Limit {
  readonly value: number;
  readonly unit: 'G' | 'Z' | 'H';
}

export type StepRole = 'handle' | 'review' | 'approve';

export interface StepSpec {
  readonly code: string;
  readonly name: string;
  readonly role: StepRole;
  readonly limit: Limit;
  readonly mandatory: boolean;
  readonly parallel: boolean;
  readonly auto: boolean;
}

export interface MaterialSpec {
  readonly code: string;
  readonly name: string;
  readonly required: boolean;
  readonly shared: boolean;
  readonly tolerable: boolean;
  readonly originalRequired: boolean;
}

export interface FeeSpec {
  readonly feeCode: string;
  readonly standard: number;
  readonly basis: string;
  readonly waivers: readonly string[];
}

/** One item as every bureau of the city offers it. */
export interface ItemSpec {
  readonly key: string;
  readonly name: string;
  readonly kind: 'instant' | 'promised' | 'joint' | 'upward';
  readonly promised: Limit;
  readonly statutory: Limit;
  readonly law: string;
  readonly steps: readonly StepSpec[];
  readonly materials: readonly MaterialSpec[];
  readonly fees: readonly FeeSpec[];
  readonly channels: readonly string[];
  readonly tags: readonly string[];
  readonly stopGrounds: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
  readonly auto: boolean;
  readonly inspectorsMin: number;
  /** Shape of its history: one version, a new one every fortnight, or one that ends. */
  readonly history: 'steady' | 'evolving' | 'retired';
}

const days = (value: number): Limit => ({ value, unit: 'G' });

function step(code: string, name: string, role: StepRole, limit: number, more = {}): StepSpec {
  return {
    code,
    name,
    role,
    limit: days(limit),
    mandatory: true,
    parallel: false,
    auto: false,
    ...more,
  };
}

/** Handle, review, approve. */
export const THREE_STEPS: readonly StepSpec[] = [
  step('CB', '承办', 'handle', 5),
  step('SH', '审核', 'review', 3),
  step('PZ', '批准', 'approve', 2),
];

/** On the spot: handle and approve. */
export const TWO_STEPS: readonly StepSpec[] = [
  step('CB', '承办', 'handle', 1),
  step('PZ', '批准', 'approve', 1),
];

/** With an expert opinion that the catalogue leaves optional. */
export const OPTIONAL_STEP: readonly StepSpec[] = [
  ...THREE_STEPS.slice(0, 2),
  step('ZJ', '专家咨询', 'review', 5, { mandatory: false }),
  ...THREE_STEPS.slice(2),
];

/** With a step that runs beside the others. */
export const PARALLEL_STEPS: readonly StepSpec[] = [
  THREE_STEPS[0] as StepSpec,
  step('SH', '审核', 'review', 3),
  step('BX', '并行公示核对', 'review', 10, { parallel: true, mandatory: false }),
  THREE_STEPS[2] as StepSpec,
];

/** With a step that a system takes by itself. */
export const AUTO_STEP: readonly StepSpec[] = [
  THREE_STEPS[0] as StepSpec,
  step('ZD', '系统比对', 'review', 1, { auto: true, mandatory: false }),
  step('SH', '审核', 'review', 3),
  THREE_STEPS[2] as StepSpec,
];

/** With a first step limited in hours. */
export const HOUR_STEPS: readonly StepSpec[] = [
  { ...(THREE_STEPS[0] as StepSpec), limit: { value: 4, unit: 'H' } },
  ...THREE_STEPS.slice(1),
];

/** Joint handling by several departments. */
export const JOINT_STEPS: readonly StepSpec[] = [
  step('L1', '牵头初核', 'handle', 10),
  step('L2', '规划会审', 'handle', 10),
  step('L3', '消防会审', 'handle', 10),
  step('L4', '人防会审', 'handle', 10),
  step('L5', '汇总审核', 'review', 10),
  step('L6', '合法性审核', 'review', 10),
  step('L7', '批准', 'approve', 5),
];

interface SpecOptions extends Partial<Omit<ItemSpec, 'promised' | 'statutory' | 'materials'>> {
  readonly unit?: 'G' | 'Z';
  readonly sample?: boolean;
  readonly original?: boolean;
}

function materials(key: string, o: SpecOptions): MaterialSpec[] {
  const plain = { required: true, shared: false, tolerable: false, originalRequired: false };
  const no = key.toUpperCase();
  const list: MaterialSpec[] = [
    { ...plain, code: `${no}-01`, name: '申请表' },
    { ...plain, code: `${no}-02`, name: '场所或项目说明', originalRequired: o.original ?? false },
    { ...plain, code: `${no}-03`, name: '管理制度文件', tolerable: true },
    { ...plain, code: `${no}-04`, name: '营业执照', shared: true },
    { ...plain, code: `${no}-05`, name: '其他补充说明', required: false },
  ];
  if (o.sample) list.push({ ...plain, code: 'SAMPLE-01', name: '检验样品', tolerable: true });
  return list;
}

/** Builds one item: key, name, promised and statutory limit, law, and what sets it apart. */
export function item(
  key: string,
  name: string,
  limits: readonly [promised: number, statutory: number],
  o: SpecOptions = {},
): ItemSpec {
  const unit = o.unit ?? 'G';
  return {
    key,
    name,
    kind: o.kind ?? 'promised',
    promised: { value: limits[0], unit },
    statutory: { value: limits[1], unit },
    law: o.law ?? '行政许可法',
    steps: o.steps ?? THREE_STEPS,
    materials: materials(key, o),
    fees: o.fees ?? [],
    channels: o.channels ?? ['counter', 'online', 'self-service'],
    tags: o.tags ?? [],
    stopGrounds: o.stopGrounds ?? [],
    flags: o.flags ?? {},
    auto: o.auto ?? false,
    inspectorsMin: o.inspectorsMin ?? 2,
    history: o.history ?? 'steady',
  };
}
