import { hash } from 'node:crypto';
import { createDecoder } from '#core/event/decode.js';
import type { Event, Instant } from '#core/event/event.js';
import { ANY_CITY, feedOf } from '#rulebook/city.js';

/** The one feed, item and bureau of the benchmark `due`. */
export const SOURCE = 'bench';
const AGENCY = '11130600MB1234567T';
const REGION = '130600';
const ITEM = 'BENCH-01';
const HOUR = 3_600_000;
const MATERIALS = ['M1', 'M2'];
const LIMITS = {
  statutoryLimit: { value: 20, unit: 'G' },
  promisedLimit: { value: 20, unit: 'G' },
};
const STEPS = ['S1', 'S2', 'S3'];
const ROLES = ['handle', 'review', 'approve'];

/** An event as it travels and as it is decoded. */
export interface MadeEvent {
  readonly raw: Buffer;
  readonly event: Event;
}

/** One fact: its type, when it happened (recorded and received at the same time), and its own fields. */
export interface MadeFact {
  readonly type: string;
  readonly at: Instant;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Staff number of who did it; default P1. */
  readonly by?: string;
}

const decoder = createDecoder({ feeds: (source) => feedOf(ANY_CITY, source) });

/** Local time with offset, as feeds write it. */
export function isoOf(at: Instant): string {
  return `${new Date(at + 8 * HOUR).toISOString().slice(0, -1)}+08:00`;
}

function person(staffNo: string) {
  return { staffNo, name: '李某', post: '科员', unitCode: AGENCY };
}

/** The CloudEvent of a fact of the case `subject`, `number` telling its events apart. */
export function cloudEvent(subject: string, number: number, fact: MadeFact): Buffer {
  const { type, at, data = {}, by = 'P1' } = fact;
  return Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: `${subject}-${number}`,
      source: SOURCE,
      type,
      subject,
      time: isoOf(at),
      datacontenttype: 'application/json',
      data: {
        recordedAt: isoOf(at),
        occurredPrecision: 'second',
        vocabularyVersion: '1.1',
        agencyCode: AGENCY,
        regionCode: REGION,
        itemCode: ITEM,
        itemVersion: '1',
        dataVersion: 1,
        operator: person(by),
        responsible: person(by),
        ...data,
      },
    }),
  );
}

/** Decodes as the monitor does. Throws where the benchmark itself breaks the contract. */
export function made(subject: string, number: number, fact: MadeFact): MadeEvent {
  const raw = cloudEvent(subject, number, fact);
  const decoded = decoder.decode({
    value: raw,
    receivedAt: fact.at,
    digest: hash('sha256', raw),
  });
  if (!decoded.ok)
    throw new Error(`${fact.type}: ${decoded.rejected.reason} (${decoded.rejected.field})`);
  return { raw, event: decoded.event };
}

/** The catalogue's entry of the item, valid since 2000 and known since then. */
export function itemPublished(): MadeEvent {
  const data = {
    validFrom: '2000-01-01',
    name: '基准测试许可',
    kind: 'promised',
    level: 'city',
    legalBasis: ['行政许可法第四十二条'],
    ...LIMITS,
    steps: STEPS.map((stepCode, index) => ({
      stepCode,
      name: stepCode,
      role: ROLES[index],
      limit: { value: 10, unit: 'G' },
      mandatory: true,
      order: index + 1,
      responsiblePost: '科员',
    })),
    materials: MATERIALS.map((code) => ({
      code,
      name: code,
      required: true,
      source: 'applicant',
    })),
    approverPosts: ['科员'],
    channels: ['counter', 'online'],
  };
  return made(ITEM, 1, { type: 'catalog.item-published', at: Date.UTC(2000, 0, 1), data });
}

const materials = MATERIALS.map((code) => ({ code, name: code, status: 'received' }));

/**
 * A lawful case, filed, accepted and handed to its first step at `enteredAt`; the step's limit is in hours, so that it
 * falls due at an instant of its own and not at midnight with all others.
 */
export function openCaseFacts(enteredAt: Instant, stepHours: number): MadeFact[] {
  const day = isoOf(enteredAt - 1_000).slice(0, 10);
  const minute = 60_000;
  return [
    {
      type: 'approval.applied',
      at: enteredAt - 20 * minute,
      data: {
        applicationType: 'new',
        channel: 'counter',
        applicant: { kind: 'legal', name: '示例有限公司', idNo: 'tok:1', contact: 'tok:2' },
        materials,
      },
    },
    {
      type: 'approval.received',
      at: enteredAt - 15 * minute,
      data: { receiptNo: '收〔1〕号', materials },
    },
    {
      type: 'approval.accepted',
      at: enteredAt - 1_000,
      data: { acceptanceNo: '受〔1〕号', acceptedOn: day, feeQuoted: 0, materials, ...LIMITS },
    },
    {
      type: 'approval.step-entered',
      at: enteredAt,
      data: {
        stepCode: 'S1',
        stepRole: 'handle',
        stepLimit: { value: stepHours, unit: 'H' },
      },
    },
  ];
}

/** What happens next in such a case: five facts, `apart` ms from each other. */
export function nextFacts(from: Instant, apart: number): MadeFact[] {
  const opinion = '经核对,申请材料齐全,符合第三条规定的条件,拟同意。';
  const entered = (code: number) => ({
    stepCode: STEPS[code],
    stepRole: ROLES[code],
    stepLimit: { value: 3, unit: 'G' },
  });
  const completed = (code: number) => ({
    stepCode: STEPS[code],
    result: 'pass',
    opinion,
    signed: true,
  });
  const facts: MadeFact[] = [
    {
      type: 'approval.notice-served',
      at: from,
      data: { noticeKind: 'acceptance', docNo: '受〔1〕号', servedAt: isoOf(from) },
    },
    { type: 'approval.step-completed', at: from, data: completed(0) },
    { type: 'approval.step-entered', at: from, data: entered(1), by: 'P2' },
    { type: 'approval.step-completed', at: from, data: completed(1), by: 'P2' },
    { type: 'approval.step-entered', at: from, data: entered(2), by: 'P3' },
  ];
  return facts.map((fact, index) => ({ ...fact, at: from + index * apart }));
}
