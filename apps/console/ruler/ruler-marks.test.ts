import { describe, expect, it } from '@jest/globals';
import {
  type CaseEvent,
  extensionLines,
  isEnteredLate,
  isReceivedLate,
  lineAt,
  pausesOf,
  pinsOf,
  stepsOf,
} from './ruler-marks.js';

const PERSON = { staffNo: 'W-07', name: '钱*', post: null, unitCode: 'U' };

function event(type: string, at: string, data: object = {}, more: Partial<CaseEvent> = {}) {
  return {
    source: 's',
    id: `${type} ${at}`,
    type: `approval.${type}`,
    typeText: type,
    occurredAt: at,
    recordedAt: at,
    receivedAt: at,
    precision: 'second',
    effective: true,
    dataVersion: 1,
    operator: PERSON,
    responsible: null,
    data,
    ...more,
  } as unknown as CaseEvent;
}

describe('pins', () => {
  it('stand on the day of the city, whatever the day in UTC', () => {
    const late = event('accepted', '2025-09-15T16:30:00Z');
    expect(pinsOf([{ no: 4, event: late }], (no) => `#event-${no}`)).toMatchObject([
      { no: 4, date: '2025-09-16', href: '#event-4', late: false },
    ]);
  });

  it('are late by the own times of their event only, a day more where it knows its day only', () => {
    const at = { receivedAt: '2025-09-17T00:00:00Z' };
    expect(isReceivedLate(event('accepted', '2025-09-16T00:00:00Z', {}, at))).toBe(false);
    expect(isReceivedLate(event('accepted', '2025-09-15T23:59:59Z', {}, at))).toBe(true);
    const day = event('accepted', '2025-09-15T16:00:00Z', {}, { ...at, precision: 'day' });
    expect(isReceivedLate(day)).toBe(false);
    expect(isEnteredLate(event('accepted', '2025-09-15T00:00:00Z', {}, at))).toBe(false);
  });
});

describe('steps', () => {
  it('run from their entry to their own completion, or stay open', () => {
    const events = [
      event('step-entered', '2025-09-15T02:00:00Z', { stepCode: 'CB' }),
      event('step-entered', '2025-09-15T03:00:00Z', { stepCode: 'SH' }),
      event('step-completed', '2025-09-17T03:00:00Z', { stepCode: 'SH' }),
      event('step-completed', '2025-09-18T03:00:00Z', { stepCode: 'SH' }, { effective: false }),
    ];
    expect(stepsOf(events)).toMatchObject([
      { text: 'CB 钱*', from: '2025-09-15', to: null },
      { text: 'SH 钱*', from: '2025-09-15', to: '2025-09-17' },
    ]);
  });
});

describe('pauses', () => {
  const paused = (pauseNo: string, startOn: string, noticeServedAt: string | null = null) =>
    event('paused', `${startOn}T01:00:00Z`, { pauseNo, startOn, noticeServedAt });

  it('are told where the pause itself or a notice before the next one says so', () => {
    const served = { noticeKind: 'pause', servedAt: '2025-09-23T09:00:00+08:00' };
    const events = [
      paused('P1', '2025-09-15', '2025-09-15T09:00:00+08:00'),
      paused('P2', '2025-09-22'),
      event('notice-served', '2025-09-23T01:00:00Z', served),
      paused('P3', '2025-10-09'),
      event('resumed', '2025-10-11T01:00:00Z', { pauseNo: 'P3', endOn: '2025-10-10' }),
    ];
    expect(pausesOf(events)).toEqual([
      { pauseNo: 'P1', from: '2025-09-15', to: null, told: true },
      { pauseNo: 'P2', from: '2025-09-22', to: null, told: true },
      { pauseNo: 'P3', from: '2025-10-09', to: '2025-10-10', told: false },
    ]);
  });

  it('are not those that were revoked', () => {
    expect(pausesOf([{ ...paused('P1', '2025-09-15'), effective: false }])).toEqual([]);
  });
});

describe('lines', () => {
  it('stand at the ends of days; the instant spoken of after the day that it judges', () => {
    expect(lineAt('trigger', '2025-09-15T16:00:00Z', '')).toMatchObject({
      date: '2025-09-16',
      part: 0,
    });
    expect(lineAt('trigger', '2025-09-16T14:00:00Z', '')).toMatchObject({
      date: '2025-09-16',
      part: 1,
    });
    expect(lineAt('as-of', '2025-09-16T01:00:00Z', '')).toMatchObject({
      date: '2025-09-16',
      part: 1,
    });
  });

  it('show an extension on the day of its approval', () => {
    const extended = event('extended', '2025-10-16T01:00:00Z', { approvedOn: '2025-10-15' });
    expect(extensionLines([extended], (on) => on)).toMatchObject([{ date: '2025-10-15' }]);
  });
});
