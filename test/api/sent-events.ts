import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const EXAMPLES = join(import.meta.dirname, '../../libs/contract/examples');

export interface Sent {
  readonly id: string;
  readonly subject: string;
  /** Date or local time of China. */
  readonly at: string;
  readonly source?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

function timeOf(at: string): string {
  return at.includes('T') ? `${at}:00+08:00` : `${at}T10:00:00+08:00`;
}

/** An event of the contract's own example with other identity, time and fields; recorded when it happened. */
export function sentEvent(type: string, sent: Sent): Record<string, unknown> {
  const file = join(EXAMPLES, `${type}.json`);
  const example = JSON.parse(readFileSync(file, 'utf8')) as { data: Record<string, unknown> };
  const time = timeOf(sent.at);
  return {
    ...example,
    id: sent.id,
    source: sent.source ?? 'feed-a',
    subject: sent.subject,
    time,
    data: { ...example.data, recordedAt: time, ...sent.data },
  };
}

/** Example 6 of time.md: promised 10 working days from 2025-05-12, an expert review from 05-20 to 06-05; due 2025-06-11. */
export function pausedCase(subject: string, source = 'feed-a'): Record<string, unknown>[] {
  const limits = {
    acceptedOn: '2025-05-12',
    promisedLimit: { value: 10, unit: 'G' },
    statutoryLimit: { value: 20, unit: 'G' },
    toleratedMaterials: [],
  };
  const event = (type: string, id: string, at: string, data: Record<string, unknown> = {}) =>
    sentEvent(type, { id: `${subject}-${id}`, subject, at, source, data });
  return [
    event('approval.applied', '1', '2025-05-12T09:00', {
      applicationType: 'new',
      applicant: {
        kind: 'natural',
        name: '王小明',
        idType: '身份证',
        idNo: '130602198801011234',
        contact: '13812345678',
        isAgent: false,
      },
    }),
    event('approval.received', '2', '2025-05-12T09:30'),
    event('approval.accepted', '3', '2025-05-12T10:00', limits),
    event('approval.step-entered', '4', '2025-05-12T10:30', {
      stepCode: 'SH',
      stepRole: 'review',
      stepLimit: { value: 3, unit: 'G' },
    }),
    event('approval.step-completed', '5', '2025-05-19T16:00', { stepCode: 'SH' }),
    event('approval.paused', '6', '2025-05-20T09:00', {
      pauseNo: 'TB-1',
      startOn: '2025-05-20',
      limit: { value: 15, unit: 'G' },
      noticeServedAt: '2025-05-20T11:00:00+08:00',
    }),
    event('approval.resumed', '7', '2025-06-05T17:00', { pauseNo: 'TB-1', endOn: '2025-06-05' }),
  ];
}
