import { describe, expect, it } from '@jest/globals';
import { truthOf } from '#simulator/simulate.js';

/** The rules that one case with its reference facts can decide. */
const numbered = (family: string, numbers: readonly number[]) =>
  numbers.map((n) => `${family}-${String(n).padStart(2, '0')}`);
const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const RULES = [
  ...numbered('OD', [1, 2, 3, ...upTo(5, 20), 24, 25]),
  ...numbered('SH', [...upTo(1, 5), 8, 9, ...upTo(11, 17)]),
  ...numbered('IR', [...upTo(1, 14), 16, ...upTo(18, 22), 27]),
  ...numbered('DQ', [1, 2, 3, 5, 6, 7, 8, 10]),
];

describe('answer key', () => {
  const truth = truthOf({ seed: 7, cases: 20_000, days: 120, startOn: '2025-01-02' });

  it('knows all 64 rules', () => {
    expect(RULES.length).toBe(64);
    expect([...new Set(truth.hits.map(({ ruleId }) => ruleId))].sort()).toEqual([...RULES].sort());
  });

  it.each(RULES)('has at least 20 hits and 20 near misses of %s in 20,000 cases', (rule) => {
    const hits = truth.hits.filter(({ ruleId }) => ruleId === rule);
    const nearMisses = truth.nearMisses.filter(({ ruleId }) => ruleId === rule);
    expect(hits.length).toBeGreaterThanOrEqual(20);
    expect(nearMisses.length).toBeGreaterThanOrEqual(20);
  });

  it('labels no near miss with the rule that it must not trip', () => {
    const hits = new Set(truth.hits.map((hit) => `${hit.source}/${hit.subject} ${hit.ruleId}`));
    const both = truth.nearMisses.filter((one) =>
      hits.has(`${one.source}/${one.subject} ${one.ruleId}`),
    );
    expect(both.map(({ behaviour }) => behaviour)).toEqual([]);
  });

  it('dates every label within the run', () => {
    const end = Date.parse(truth.asOf);
    for (const { since } of truth.hits)
      if (since !== null) expect(Date.parse(since)).toBeLessThanOrEqual(end);
  });

  it.each(['2024-01-15', '2024-09-20', '2026-02-02'])(
    'can be made for a run that starts on %s, across holidays',
    (startOn) => {
      const other = truthOf({ seed: 5, cases: 2000, days: 60, startOn });
      expect(new Set(other.hits.map(({ ruleId }) => ruleId)).size).toBe(64);
    },
  );
});
