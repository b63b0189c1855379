import { EXIT } from '../command.js';
import { load } from './load.js';
import type { RulesRequest } from './rules.command.js';

/** Loads rules and says what there is; a wrong file ends in a RulebookError that names every problem. */
export async function checkRules(request: RulesRequest): Promise<number> {
  const { sources } = await load(request);
  const examples = sources.reduce((sum, rule) => sum + rule.examples.length, 0);
  const bare = sources.filter((rule) => rule.examples.length === 0).map((rule) => rule.id);
  process.stdout.write(`${sources.length} rules with ${examples} examples: all well formed\n`);
  if (bare.length > 0) process.stdout.write(`without any example: ${bare.join(', ')}\n`);
  return EXIT.ok;
}
