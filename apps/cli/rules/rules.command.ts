import { packFolder } from '#rulebook/load-rules.js';
import { type Command, CommandError, readOptions } from '../command.js';
import { checkRules } from './check-rules.js';
import { documentRules } from './document-rules.js';
import { explainRule } from './explain-rule.js';
import { mutateRules } from './mutate-rules.js';
import { testRules } from './test-rules.js';

const USAGE = `mingcha rules check   [DIR]… [--mapping FILE]           are all rules well formed? every problem with file and line
mingcha rules test    [DIR]… [--mapping FILE] [--rule ID] runs every example of every rule
mingcha rules mutate  [DIR]… [--mapping FILE] [--rule ID] moves thresholds, removes exceptions, changes levels: what no example notices
mingcha rules explain ID [DIR]… [--lang zh|en]            one rule in words: windows, exceptions, basis
mingcha rules doc     [DIR]… [--lang zh|en]               catalogue of the rules as Markdown

  DIR              rule files or folders; default: the approval pack
  --mapping FILE   rules over a log's own event types: the mapping that declares them (docs/importing.md)
  --rule ID        this rule only
  --lang zh|en     one language; default: both

Exit codes: 0 all is well, 1 an example fails or a mutant survives, 2 wrong call, 3 a rule file is wrong.`;

/** What the verbs of `rules` are given. */
export interface RulesRequest {
  readonly places: readonly string[];
  readonly mapping: string | undefined;
  readonly ruleId: string | undefined;
  readonly languages: readonly ('zh' | 'en')[];
}

const VERBS: Readonly<Record<string, (request: RulesRequest) => Promise<number> | number>> = {
  check: checkRules,
  test: testRules,
  mutate: mutateRules,
  explain: explainRule,
  doc: documentRules,
};

export const rulesCommand: Command = {
  name: 'rules',
  usage: USAGE,
  run: rules,
};

async function rules(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args;
  const run = verb === undefined ? undefined : VERBS[verb];
  if (run === undefined)
    throw new CommandError(
      `rules needs a verb: ${Object.keys(VERBS).join(', ')}${verb === undefined ? '' : `, not '${verb}'`}`,
    );
  const { values, positionals } = readOptions(
    rest,
    { mapping: { type: 'string' }, rule: { type: 'string' }, lang: { type: 'string' } },
    MANY,
  );
  const [first, ...others] = positionals;
  const isExplain = verb === 'explain';
  if (isExplain && first === undefined)
    throw new CommandError("rules explain needs the rule's id, such as OD-02");
  const places = isExplain ? others : positionals;
  return run({
    places: places.length === 0 ? [packFolder('approval')] : places,
    mapping: values.mapping,
    ruleId: isExplain ? first : values.rule,
    languages: languagesOf(values.lang),
  });
}

const MANY = 1000;

function languagesOf(text: string | undefined): readonly ('zh' | 'en')[] {
  if (text === undefined) return ['zh', 'en'];
  if (text === 'zh' || text === 'en') return [text];
  throw new CommandError(`--lang takes zh or en, not '${text}'`);
}
