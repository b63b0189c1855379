import { describe, expect, it } from '@jest/globals';
import { type FigureGround, reasonSegments } from './reason-figures.js';

const node = (key: string, params: Record<string, string | number | boolean | null>) => ({
  key,
  params,
  text: '',
  children: [],
  days: null,
});

const ground: FigureGround = {
  explanation: {
    ...node('window.deadline', { rule: 'OD-03', anchorOn: '2025-09-15', window: '' }),
    children: [
      node('clock', {
        day0: '2025-09-15',
        lastDay: '2025-10-17',
        lateAt: '2025-10-17T16:00:00.000Z',
        total: 20,
        unit: 'G',
        closedOn: null,
      }),
    ],
  },
  evidence: [{ no: 1, date: '2025-09-15' }],
  days: [
    { date: '2025-09-15', count: null },
    { date: '2025-10-17', count: 20 },
  ],
};

const REASON =
  '该办件于2025-09-15受理,法定时限20个工作日(不含当日),最后一日为2025-10-17;到期未完成,自2025-10-18起超期。';

describe('figures of a reason', () => {
  it('leave the sentence whole', () => {
    for (const reason of [REASON, '', '2025-09-15', 'no figures', '20 20 20'])
      expect(
        reasonSegments(reason, ground)
          .map(({ text }) => text)
          .join(''),
      ).toBe(reason);
  });

  it('lead to the evidence of their day, or to the day on the ruler', () => {
    const linked = reasonSegments(REASON, ground).filter(({ target }) => target !== null);
    expect(linked.map(({ text, target }) => [text, target])).toEqual([
      ['2025-09-15', { kind: 'evidence', no: 1 }],
      ['20', { kind: 'day', date: '2025-10-17' }],
      ['2025-10-17', { kind: 'day', date: '2025-10-17' }],
    ]);
  });

  it('are links only where a parameter reads exactly so', () => {
    const reason = '截至2030-01-01,编号A-20与20250915,共21次,自2025-10-18起';
    expect(reasonSegments(reason, ground).filter(({ target }) => target !== null)).toEqual([]);
  });

  it('find instants to the minute, and the last instant of a limit in hours', () => {
    const hours: FigureGround = {
      explanation: node('clock', { lateAt: '2025-10-01T08:00:00.001Z' }),
      evidence: [],
      days: [{ date: '2025-10-01', count: null }],
    };
    const [, figure] = reasonSegments('截止2025-10-01 16:00;', hours);
    expect(figure).toMatchObject({ text: '2025-10-01 16:00', target: { kind: 'day' } });
  });

  it('lead to the evidence where they say how often, and to the rule where they say a standard', () => {
    const counted = { ...ground, explanation: node('window.count', { count: 3, limit: 2.5 }) };
    const found = reasonSegments('达3次,标准为2.5个工作日', counted);
    expect(found.map(({ target }) => target?.kind ?? null)).toEqual([
      null,
      'list',
      null,
      'rule',
      null,
    ]);
  });
});
