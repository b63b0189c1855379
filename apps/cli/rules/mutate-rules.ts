import { nationalCalendar } from '#core/calendar/national.js';
import { mutateRule } from '#rulebook/mutate-pack.js';
import { EXIT } from '../command.js';
import { ProgressLine } from '../progress-line.js';
import { chosen, load } from './load.js';
import type { RulesRequest } from './rules.command.js';

/** Prints what no example notices: a threshold moved, an exception removed, a level changed. */
export async function mutateRules(request: RulesRequest): Promise<number> {
  const loaded = await load(request);
  const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);
  const progress = new ProgressLine('mutants');
  let tried = 0;
  let survived = 0;
  for (const rule of chosen(loaded, request)) {
    const run = mutateRule(rule, loaded.vocabulary, calendar);
    tried += run.tried;
    survived += run.survivors.length;
    progress.show(tried, rule.id);
    for (const { path, from, to } of run.survivors)
      process.stdout.write(
        `${loaded.placeOf(rule, path)}: ${rule.id} ${path}: no example notices ${from} -> ${to}\n`,
      );
  }
  progress.end();
  process.stdout.write(
    survived === 0
      ? `${tried} mutants: each is noticed by an example\n`
      : `${survived} of ${tried} mutants survive: add an example on each side of what they change\n`,
  );
  return survived === 0 ? EXIT.ok : EXIT.failed;
}
