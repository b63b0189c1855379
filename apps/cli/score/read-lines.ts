import type { Label, NearMiss, Truth } from '#simulator/truth.js';
import type { ScoredFinding } from './score.js';

/** A line that is not what the file is to hold: names file, line and what to do. */
export class ScoreInputError extends Error {
  constructor(file: string, line: number, reason: string) {
    super(`${file}:${line}: ${reason}`);
    this.name = 'ScoreInputError';
  }
}

type Fields = Readonly<Record<string, unknown>>;

async function* objectsOf(
  file: string,
  lines: AsyncIterable<string>,
): AsyncGenerator<{ line: number; fields: Fields }> {
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new ScoreInputError(file, line, 'not JSON; each line has to be one JSON object');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ScoreInputError(file, line, 'not an object; each line has to be one JSON object');
    yield { line, fields: value as Fields };
  }
}

function demand(file: string, line: number, fields: Fields, names: readonly string[]): void {
  const absent = names.find((name) => typeof fields[name] !== 'string');
  if (absent !== undefined)
    throw new ScoreInputError(file, line, `"${absent}" is missing or not text`);
}

/** Reads an answer key as `simulate` writes it. @throws ScoreInputError at the first line that is not one. */
export async function readTruth(file: string, lines: AsyncIterable<string>): Promise<Truth> {
  const hits: Label[] = [];
  const nearMisses: NearMiss[] = [];
  let asOf = '';
  let cases = 0;
  for await (const { line, fields } of objectsOf(file, lines)) {
    if (fields.kind === 'run') {
      demand(file, line, fields, ['asOf']);
      asOf = String(fields.asOf);
      cases = Number(fields.cases);
    } else if (fields.kind === 'hit') {
      demand(file, line, fields, ['source', 'subject', 'ruleId', 'level', 'behaviour']);
      hits.push(fields as unknown as Label);
    } else if (fields.kind === 'near-miss') {
      demand(file, line, fields, ['source', 'subject', 'ruleId', 'behaviour']);
      nearMisses.push(fields as unknown as NearMiss);
    } else {
      throw new ScoreInputError(file, line, '"kind" has to be run, hit or near-miss');
    }
  }
  if (asOf === '')
    throw new ScoreInputError(file, 1, 'no line of kind run: is this an answer key of `simulate`?');
  return { asOf, cases, hits, nearMisses };
}

/** Reads findings as `replay` writes them. @throws ScoreInputError at the first line that is not one. */
export async function readFindings(
  file: string,
  lines: AsyncIterable<string>,
): Promise<ScoredFinding[]> {
  const findings: ScoredFinding[] = [];
  for await (const { line, fields } of objectsOf(file, lines)) {
    demand(file, line, fields, ['ruleId', 'subject', 'level']);
    if (typeof fields.since !== 'string' && typeof fields.since !== 'number')
      throw new ScoreInputError(file, line, '"since" is missing; write RFC 3339 or milliseconds');
    findings.push(fields as unknown as ScoredFinding);
  }
  return findings;
}
