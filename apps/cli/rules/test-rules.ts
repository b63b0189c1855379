import { nationalCalendar } from '#core/calendar/national.js';
import type { ExampleSource } from '#core/rule/rule.js';
import { lawOfExample, runExample } from '#rulebook/run-example.js';
import { EXIT } from '../command.js';
import { chosen, load } from './load.js';
import type { RulesRequest } from './rules.command.js';

/** Runs the examples of the rules; prints each one that the rules do not bear out. */
export async function testRules(request: RulesRequest): Promise<number> {
  const loaded = await load(request);
  const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);
  const { rulebook, vocabulary } = loaded;
  let run = 0;
  let failed = 0;
  for (const rule of chosen(loaded, request))
    rule.examples.forEach((example, index) => {
      run += 1;
      const place = loaded.placeOf(rule, `examples[${index}]`);
      const failure = failureOf(example, () =>
        runExample(rule.id, example, lawOfExample(example, rulebook, calendar), vocabulary),
      );
      if (failure === null) return;
      failed += 1;
      process.stdout.write(`${place}: ${rule.id}: ${example.is}\n${failure}\n`);
    });
  process.stdout.write(
    failed === 0 ? `${run} examples: all as expected\n` : `${failed} of ${run} examples fail\n`,
  );
  return failed === 0 ? EXIT.ok : EXIT.failed;
}

function failureOf(
  example: ExampleSource,
  judge: () => ReturnType<typeof runExample>,
): string | null {
  try {
    const outcome = judge();
    if (outcome.ok) return null;
    return `  as of    ${example.asOf}\n  expected ${outcome.expected}\n  found    ${outcome.found}`;
  } catch (error) {
    return `  the example cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
