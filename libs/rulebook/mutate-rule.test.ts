import { describe, expect, it } from '@jest/globals';
import { nationalCalendar } from '#core/calendar/national.js';
import type { ExampleSource, ExceptionSource, RuleSource, WindowSource } from '#core/rule/rule.js';
import { vocabularyTypes } from '#core/rule/vocabulary-types.js';
import { mutateRule } from '#rulebook/mutate-pack.js';
import { shiftedPredicates } from '#rulebook/mutate-predicate.js';
import { type Mutant, mutantsOf } from '#rulebook/mutate-rule.js';

const text = { zh: '试', en: 'try' };

function ruleOf(
  window: WindowSource,
  more: {
    readonly exceptions?: readonly ExceptionSource[];
    readonly examples?: readonly ExampleSource[];
  } = {},
): RuleSource {
  return {
    id: 'T-01',
    version: 1,
    family: 'T',
    effective: { from: '2007-01-01' },
    name: text,
    text,
    basis: [],
    answerable: ['unit'],
    windows: [window],
    exceptions: more.exceptions ?? [],
    examples: more.examples ?? [],
  };
}

const FIVE_DAYS: WindowSource = {
  kind: 'deadline',
  from: ['approval.received'],
  until: ['approval.accepted'],
  limit: { value: 5, unit: 'G' },
  counting: 'workday',
  levels: [{ level: 'red', after: 0 }],
};

const shown = (mutants: Iterable<Mutant>) =>
  [...mutants].map(({ path, from, to }) => `${path}: ${from} -> ${to}`);

describe('mutants of a rule', () => {
  it('move each number by one, change each level to its neighbours', () => {
    expect(shown(mutantsOf(ruleOf(FIVE_DAYS)))).toEqual([
      'windows[0].limit.value: 5 -> 6',
      'windows[0].limit.value: 5 -> 4',
      'windows[0].levels[0].level: red -> yellow',
      'windows[0].levels[0].after: 0 -> 1',
      'windows[0].levels[0].after: 0 -> -1',
    ]);
  });

  it('keep within what the language admits', () => {
    const rule = ruleOf({
      kind: 'count',
      of: ['approval.transferred'],
      withinMinutes: 10,
      levels: [{ level: 'data', atLeast: 1 }],
    });
    expect(shown(mutantsOf(rule))).toEqual([
      'windows[0].withinMinutes: 10 -> 11',
      'windows[0].withinMinutes: 10 -> 9',
      'windows[0].levels[0].level: data -> lead',
      'windows[0].levels[0].atLeast: 1 -> 2',
    ]);
  });

  it('remove exceptions that decide something, and no others', () => {
    const exceptions: ExceptionSource[] = [
      { code: 'X2', by: 'clock', text },
      { code: 'X7', by: 'closing', text },
      { code: 'X4', by: 'when', when: 'item.autoApproval', text },
      { code: 'X6', by: 'person', text },
    ];
    const removed = (window: WindowSource) =>
      [...mutantsOf(ruleOf(window, { exceptions }))]
        .filter(({ to }) => to === 'removed')
        .map(({ from }) => from);
    expect(removed(FIVE_DAYS)).toEqual(['X2', 'X4']);
    expect(removed({ ...FIVE_DAYS, until: ['closing'] })).toEqual(['X2', 'X7', 'X4']);
    expect(removed({ kind: 'order', earlier: ['a'], later: ['b'], level: 'red' })).toEqual(['X4']);
  });

  it('leave a manual window alone', () => {
    expect(shown(mutantsOf(ruleOf({ kind: 'manual', level: 'lead' })))).toEqual([]);
  });

  it('find the numbers of a predicate, not the figures in its texts and names', () => {
    const predicates = [...shiftedPredicates("x1 > 5 && y == '2025-01-02' && z[0] < 0.9 + 1.0")];
    expect(predicates.map(({ predicate }) => predicate)).toEqual([
      "x1 > 6 && y == '2025-01-02' && z[0] < 0.9 + 1.0",
      "x1 > 4 && y == '2025-01-02' && z[0] < 0.9 + 1.0",
      "x1 > 5 && y == '2025-01-02' && z[0] < 0.95 + 1.0",
      "x1 > 5 && y == '2025-01-02' && z[0] < 0.85 + 1.0",
      "x1 > 5 && y == '2025-01-02' && z[0] < 0.9 + 2.0",
      "x1 > 5 && y == '2025-01-02' && z[0] < 0.9 + 0.0",
    ]);
  });
});

describe('mutateRule', () => {
  const received = [{ type: 'received', at: '2025-03-03' }];
  const late: ExampleSource = {
    is: 'late after day 5',
    events: received,
    asOf: '2025-03-11T00:00',
    expect: [{ level: 'red', since: '2025-03-11T00:00' }],
  };
  const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);
  const vocabulary = vocabularyTypes();

  it('lets nothing survive where an example stands on each side of the threshold', () => {
    const run = mutateRule(ruleOf(FIVE_DAYS, { examples: [late] }), vocabulary, calendar);
    expect(run).toEqual({ ruleId: 'T-01', tried: 5, survivors: [] });
  });

  it('names what no example notices', () => {
    const vague: ExampleSource = { ...late, asOf: '2025-03-31', expect: [{ level: 'red' }] };
    const { survivors } = mutateRule(
      ruleOf(FIVE_DAYS, { examples: [vague] }),
      vocabulary,
      calendar,
    );
    expect(shown(survivors)).toEqual([
      'windows[0].limit.value: 5 -> 6',
      'windows[0].limit.value: 5 -> 4',
      'windows[0].levels[0].after: 0 -> 1',
      'windows[0].levels[0].after: 0 -> -1',
    ]);
  });
});
