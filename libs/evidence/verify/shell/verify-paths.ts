import { readFileSync } from 'node:fs';
import { matchEditions } from '../match.js';
import type { Verification } from '../outcome.js';
import { PolicyError, parsePolicy, type TrustedKeys } from '../policy.js';
import { type Language, outcomeText, resultLines, sentence } from '../sentence.js';
import { verifyBundle } from '../verify-bundle.js';
import { nodeMachinery } from './node-machinery.js';
import { OpenError, openBundle } from './open-bundle.js';

/** What is to be verified. */
export interface VerifyRequest {
  readonly bundle: string;
  /** Policy file of the keys that are trusted; null: none was given. */
  readonly keys: string | null;
  /** Redacted edition that is to be compared with `bundle`; null: none. */
  readonly match: string | null;
  readonly language: Language;
  readonly json: boolean;
}

export interface Answer {
  readonly exit: number;
  /** To be printed as it is. */
  readonly text: string;
}

/** Verifies and puts the result in words or in JSON. Throws OpenError where something given cannot be read. */
export function verifyPaths(request: VerifyRequest): Answer {
  const keys = request.keys === null ? null : readKeys(request.keys);
  const opened = openBundle(request.bundle);
  const first = verifyBundle(opened, keys, nodeMachinery);
  if (request.match === null) return answer(request, [[request.bundle, first]], null);
  const other = openBundle(request.match);
  const second = verifyBundle(other, keys, nodeMachinery);
  const matched = matchEditions(opened.files, other.files, nodeMachinery);
  return answer(
    request,
    [
      [request.bundle, first],
      [request.match, second],
      ['--match', matched],
    ],
    matched.values,
  );
}

function readKeys(path: string): TrustedKeys {
  let written: string;
  try {
    written = readFileSync(path, 'utf8');
  } catch (error) {
    throw new OpenError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return parsePolicy(written);
  } catch (error) {
    if (error instanceof PolicyError) throw new OpenError(`${path}: ${error.message}`);
    throw error;
  }
}

function answer(
  { language, json }: VerifyRequest,
  parts: readonly (readonly [string, Verification])[],
  values: number | null,
): Answer {
  const exit = parts.find(([, one]) => one.exit !== 0)?.[1].exit ?? 0;
  if (json) {
    const written = parts.map(([name, { outcomes, tally, exit: code }]) => ({
      name,
      exit: code,
      tally,
      outcomes: outcomes.map((one) => ({ ...one, text: outcomeText(language, one) })),
    }));
    return { exit, text: `${JSON.stringify({ exit, parts: written }, null, 2)}\n` };
  }
  const lines = parts.flatMap(([name, one]) => {
    const isMatch = name === '--match';
    const said = resultLines(language, one).filter(
      (_, at, all) => !isMatch || at !== all.length - 2,
    );
    if (isMatch && one.exit === 0)
      said.splice(-1, 1, sentence(language, 'result.match', { values: values ?? 0 }));
    return parts.length === 1 ? said : [`${name}:`, ...said.map((line) => `  ${line}`)];
  });
  return { exit, text: `${lines.join('\n')}\n` };
}
