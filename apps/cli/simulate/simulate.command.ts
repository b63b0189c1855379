import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { citySettings } from '#simulator/city-settings.js';
import { type SimulateOptions, simulate, truthOf } from '#simulator/simulate.js';
import { truthLines } from '#simulator/truth.js';
import { type Command, CommandError, EXIT, readOptions } from '../command.js';
import { writeFiles } from '../output-file.js';
import { ProgressLine } from '../progress-line.js';
import { SIMULATE_OPTIONS, SIMULATE_USAGE, simulateOptions } from './simulate-options.js';

const USAGE = `mingcha simulate [--seed N] [--cases N] [--days N] [--start DATE] [--behaviours S] --out FOLDER

Writes a city's events with labelled, injected behaviours and near misses:
  FOLDER/events.jsonl   transport records {receivedAt, key, value}, in order of receipt
  FOLDER/truth.jsonl    the answer key (mingcha score)
  FOLDER/city.yaml      the city's feeds and regions (MINGCHA_CITY, mingcha replay --city)
All three are there in the end, or none is: they take their names once they are written.
${SIMULATE_USAGE}`;

export const simulateCommand: Command = {
  name: 'simulate',
  usage: USAGE,
  run: async (args) => {
    const { values } = readOptions(args, { ...SIMULATE_OPTIONS, out: { type: 'string' } });
    if (values.out === undefined) throw new CommandError('simulate needs --out FOLDER');
    const options = simulateOptions(values);
    const into = (name: string) => join(values.out ?? '', name);
    mkdirSync(values.out, { recursive: true });
    await writeFiles([
      { path: into('events.jsonl'), lines: () => recordLines(options) },
      { path: into('truth.jsonl'), lines: () => truthLines(truthOf(options)) },
      { path: into('city.yaml'), lines: () => [stringify(citySettings(options))] },
    ]);
    return EXIT.ok;
  },
};

function* recordLines(options: SimulateOptions): Iterable<string> {
  const progress = new ProgressLine('records');
  let count = 0;
  for (const { receivedAt, key, value } of simulate(options)) {
    count += 1;
    if (count % 5_000 === 0) progress.show(count, 'simulate');
    yield JSON.stringify({ receivedAt, key, value });
  }
  progress.end();
}
