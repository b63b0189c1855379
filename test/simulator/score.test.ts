import { describe, expect, it } from '@jest/globals';
import type { Label, NearMiss } from '#simulator/truth.js';
import { type ScoredFinding, score } from '../../apps/cli/score/score.js';

const label = (more: Partial<Label>): Label => ({
  kind: 'hit',
  source: 'feed',
  subject: 'A',
  ruleId: 'OD-02',
  occurrenceHint: 'A-1',
  level: 'red',
  since: '2025-01-10T00:00:00+08:00',
  behaviour: 'test',
  note: '',
  ...more,
});
const finding = (more: Partial<ScoredFinding>): ScoredFinding => ({
  ruleId: 'OD-02',
  subject: 'feed/A',
  occurrence: 'feed/A-1',
  level: 'red',
  since: '2025-01-09T16:00:00Z',
  ...more,
});
const nearMiss: NearMiss = {
  kind: 'near-miss',
  source: 'feed',
  subject: 'B',
  ruleId: 'OD-02',
  behaviour: 'test',
  why: 'on the last day',
};

describe('score', () => {
  it('counts case, rule, anchor and level that agree as right, in whatever zone the time is written', () => {
    const result = score({ hits: [label({})], nearMisses: [nearMiss] }, [finding({})]);
    expect(result.precision).toBe(1);
    expect(result.recall).toBe(1);
    expect(result.mismatches).toEqual([]);
    expect(result.perRule[0]).toMatchObject({ nearMisses: 1, nearMissesTripped: 0 });
  });

  it('counts a finding that nobody labelled as false, and says which near miss it fell on', () => {
    const result = score({ hits: [label({})], nearMisses: [nearMiss] }, [
      finding({}),
      finding({ subject: 'feed/B', occurrence: 'feed/B-1' }),
    ]);
    expect(result.precision).toBe(0.5);
    expect(result.perRule[0]).toMatchObject({ falsePositive: 1, nearMissesTripped: 1 });
  });

  it('counts a label without a finding as missed', () => {
    const result = score({ hits: [label({})], nearMisses: [] }, []);
    expect(result.recall).toBe(0);
    expect(result.missed).toHaveLength(1);
  });

  it('counts a wrong level as false both ways', () => {
    const result = score({ hits: [label({})], nearMisses: [] }, [finding({ level: 'yellow' })]);
    expect([result.precision, result.recall]).toEqual([0, 0]);
    expect(result.mismatches[0]).toMatchObject({ field: 'level', expected: 'red', got: 'yellow' });
  });

  it('reports a wrong since without counting it as false', () => {
    const result = score({ hits: [label({})], nearMisses: [] }, [finding({ since: 0 })]);
    expect(result.precision).toBe(1);
    expect(result.mismatches[0]).toMatchObject({ field: 'since' });
  });

  it('counts a finding on another anchor of the same case as false', () => {
    const result = score({ hits: [label({})], nearMisses: [] }, [
      finding({ occurrence: 'feed/A-2' }),
    ]);
    expect([result.precision, result.recall]).toEqual([0, 0]);
    expect(result.mismatches[0]).toMatchObject({ field: 'anchor', expected: 'A-1' });
  });

  it('gives each finding to one label only', () => {
    const twice = [label({ occurrenceHint: null }), label({ occurrenceHint: null })];
    expect(score({ hits: twice, nearMisses: [] }, [finding({})]).recall).toBe(0.5);
  });
});
