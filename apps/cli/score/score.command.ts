import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Command, CommandError, EXIT, readOptions } from '../command.js';
import { readFindings, readTruth, ScoreInputError } from './read-lines.js';
import { type Score, score } from './score.js';

const USAGE = `mingcha score --truth FILE --findings FILE [--show N]

Compares findings (mingcha replay) with the answer key of a simulated run and prints one JSON line per rule, then the
total. An unlabelled finding counts as false, a wrong level too. Exit code 1 where precision or recall is below 1.
  --show N   up to N examples each of what was missed, unlabelled or different, to standard error (default 5)`;

export const scoreCommand: Command = {
  name: 'score',
  usage: USAGE,
  run: async (args) => {
    const { values } = readOptions(args, {
      truth: { type: 'string' },
      findings: { type: 'string' },
      show: { type: 'string' },
    });
    if (values.truth === undefined || values.findings === undefined)
      throw new CommandError('score needs --truth FILE and --findings FILE');
    try {
      const truth = await readTruth(values.truth, linesOf(values.truth));
      const findings = await readFindings(values.findings, linesOf(values.findings));
      const outcome = score(truth, findings);
      for (const rule of outcome.perRule) process.stdout.write(`${JSON.stringify(rule)}\n`);
      const { precision, recall } = outcome;
      const wrongTimes = outcome.mismatches.filter((one) => one.field === 'since').length;
      process.stdout.write(
        `${JSON.stringify({ rules: outcome.perRule.length, precision, recall, wrongTimes })}\n`,
      );
      showDifferences(outcome, Number(values.show ?? 5));
      return precision === 1 && recall === 1 && wrongTimes === 0 ? EXIT.ok : EXIT.failed;
    } catch (error) {
      if (error instanceof ScoreInputError) throw new CommandError(error.message, EXIT.input);
      throw error;
    }
  },
};

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}

/** Prints what does not agree, a few of each kind. */
export function showDifferences(outcome: Score, most: number): void {
  const show = (kind: string, items: readonly unknown[]) => {
    for (const item of items.slice(0, most))
      process.stderr.write(`${kind}: ${JSON.stringify(item)}\n`);
    if (items.length > most) process.stderr.write(`${kind}: and ${items.length - most} more\n`);
  };
  show('missed', outcome.missed);
  show('unlabelled', outcome.unlabelled);
  show('different', outcome.mismatches);
}
