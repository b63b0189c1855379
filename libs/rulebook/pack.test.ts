import { describe, expect, it } from '@jest/globals';
import { nationalCalendar } from '#core/calendar/national.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { lawOfExample, runExample } from '#rulebook/run-example.js';

const { rulebook, sources } = loadRulebook([packFolder('approval')]);
const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);

describe.each(sources.map((source) => ({ id: source.id, source })))('$id', ({ source }) => {
  it.each(source.examples.map((example) => ({ is: example.is, example })))('$is', ({ example }) => {
    const outcome = runExample(source.id, example, lawOfExample(example, rulebook, calendar));
    expect(outcome).toEqual({ ok: true });
  });
});
