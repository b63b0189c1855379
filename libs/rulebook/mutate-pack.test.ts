import { describe, expect, it } from '@jest/globals';
import { nationalCalendar } from '#core/calendar/national.js';
import { vocabularyTypes } from '#core/rule/vocabulary-types.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { mutateRule } from '#rulebook/mutate-pack.js';

const { sources } = loadRulebook([packFolder('approval')]);
const vocabulary = vocabularyTypes();
const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);

describe('mutation run over the approval pack', () => {
  it.each(sources.map((rule) => ({ id: rule.id, rule })))(
    'an example of $id notices each threshold moved, exception removed and level changed',
    ({ rule }) => {
      const { tried, survivors } = mutateRule(rule, vocabulary, calendar);
      expect(tried).toBeGreaterThan(0);
      expect(survivors.map(({ path, from, to }) => `${path}: ${from} -> ${to}`)).toEqual([]);
    },
  );
});
