import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { compileRulebook, type Rulebook } from '#core/rule/compile.js';
import type { FieldTypes } from '#core/rule/predicate-types.js';
import type { RuleSource } from '#core/rule/rule.js';
import { vocabularyTypes } from '#core/rule/vocabulary-types.js';
import { hintFor } from './predicate-hint.js';
import { RULE_SCHEMA, WINDOW_SCHEMAS } from './rule-schema.js';
import { schemaProblems } from './schema-problem.js';

/** One thing wrong with a rule file: where, and what to do about it. */
export interface RuleFileProblem {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export class RulebookError extends Error {
  constructor(readonly problems: readonly RuleFileProblem[]) {
    super(problems.map((one) => `${one.file}:${one.line}: ${one.reason}`).join('\n'));
    this.name = 'RulebookError';
  }
}

interface LoadedRule {
  readonly source: RuleSource;
  readonly file: string;
  lineOf(path: string): number;
}

const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false });
const validateRule = ajv.compile(RULE_SCHEMA);
const validateWindow = new Map(
  Object.entries(WINDOW_SCHEMAS).map(([kind, schema]) => [kind, ajv.compile(schema)]),
);

/** Folder of the rule packs that come with Mingcha. */
export function packFolder(pack: string): string {
  return join(import.meta.dirname, 'packs', pack);
}

/** Rules as they were read, compiled, with the place of each part. */
export interface LoadedRulebook {
  readonly rulebook: Rulebook;
  readonly sources: readonly RuleSource[];
  /** Event types that the rules may name, with their fields. */
  readonly vocabulary: ReadonlyMap<string, FieldTypes>;
  /** File and line of a part of a rule, as in windows[0].levels[1]. */
  placeOf(source: RuleSource, path: string): string;
}

/**
 * Reads every *.yaml file below the folders (or files) and compiles them into one rulebook.
 * @throws RulebookError with every problem found, in files as they were read: file, line, reason.
 */
export function loadRulebook(
  places: readonly string[],
  extraTypes: ReadonlyMap<string, FieldTypes> = new Map(),
): LoadedRulebook {
  const problems: RuleFileProblem[] = [];
  const rules = places
    .flatMap((place) => filesOf(place))
    .flatMap((file) => readRules(file, problems));
  const once = withoutTwice(rules, problems);
  const vocabulary = new Map([...vocabularyTypes(), ...extraTypes]);
  const outcome = compileRulebook(
    once.map((rule) => rule.source),
    vocabulary,
  );
  if (!outcome.ok)
    for (const problem of outcome.problems) {
      const rule = once.find(
        (one) => one.source.id === problem.ruleId && one.source.version === problem.version,
      );
      problems.push({
        file: rule?.file ?? '?',
        line: rule?.lineOf(problem.path) ?? 1,
        reason: `${problem.ruleId} ${problem.path}: ${problem.reason}${hintFor(problem.reason, vocabulary)}`,
      });
    }
  if (!outcome.ok || problems.length > 0) throw new RulebookError(problems);
  return {
    rulebook: outcome.rulebook,
    sources: once.map((rule) => rule.source),
    vocabulary,
    placeOf: (source, path) => {
      const rule = once.find((one) => one.source === source);
      return rule === undefined ? source.id : `${rule.file}:${rule.lineOf(path)}`;
    },
  };
}

function filesOf(place: string): string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(place).isDirectory();
  } catch {
    throw new RulebookError([
      {
        file: place,
        line: 0,
        reason: 'no such file or folder; give rule files or folders of them',
      },
    ]);
  }
  if (!isFolder) return [place];
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml') || name.endsWith('.yml'))
    .sort()
    .map((name) => join(place, name));
}

function readRules(file: string, problems: RuleFileProblem[]): LoadedRule[] {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  if (document.errors.length > 0) {
    for (const error of document.errors)
      problems.push({
        file,
        line: lines.linePos(error.pos[0]).line,
        reason: error.message.split('\n')[0] ?? 'not YAML',
      });
    return [];
  }
  const lineAt = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const parent = document.getIn(path.slice(0, length - 1), true);
      const last = path[length - 1];
      const pair = isMap(parent)
        ? parent.items.find((one) => String(one.key) === String(last))
        : undefined;
      const node = (pair?.key ?? document.getIn(path.slice(0, length), true)) as {
        range?: [number, number, number];
      } | null;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const value = document.toJS() as unknown;
  if (!isValid(value, { file, lineAt, problems })) return [];
  return [{ source: value, file, lineOf: (path) => lineAt(pathParts(path)) }];
}

interface Reading {
  readonly file: string;
  lineAt(path: readonly (string | number)[]): number;
  readonly problems: RuleFileProblem[];
}

function isValid(value: unknown, reading: Reading): value is RuleSource {
  const before = reading.problems.length;
  if (!validateRule(value)) report(validateRule.errors, [], reading);
  const windows = (value as { windows?: unknown } | null)?.windows;
  if (Array.isArray(windows))
    windows.forEach((window: unknown, index) => {
      const kind = String((window as { kind?: unknown } | null)?.kind);
      const validate = validateWindow.get(kind);
      const at = ['windows', index];
      if (validate === undefined) {
        const kinds = [...validateWindow.keys()].join(', ');
        reading.problems.push({
          file: reading.file,
          line: reading.lineAt([...at, 'kind']),
          reason: `windows[${index}].kind: '${kind}' is no window; there are ${kinds}`,
        });
      } else if (!validate(window)) report(validate.errors, at, reading);
    });
  return reading.problems.length === before;
}

function report(
  errors: readonly ErrorObject[] | null | undefined,
  prefix: readonly (string | number)[],
  reading: Reading,
): void {
  for (const problem of schemaProblems(errors ?? [])) {
    const path = [...prefix, ...problem.path];
    reading.problems.push({
      file: reading.file,
      line: reading.lineAt(path),
      reason: `${path.join('.') || 'rule'}: ${problem.reason}`,
    });
  }
}

function pathParts(path: string): (string | number)[] {
  return path
    .split(/[.[\]]/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** The rules without those whose id and version came before, which are problems. */
function withoutTwice(
  rules: readonly LoadedRule[],
  problems: RuleFileProblem[],
): readonly LoadedRule[] {
  const seen = new Map<string, string>();
  return rules.filter(({ source, file, lineOf }) => {
    const key = `${source.id} version ${source.version}`;
    const other = seen.get(key);
    if (other !== undefined)
      problems.push({
        file,
        line: lineOf('id'),
        reason: `duplicate rule: ${key} is already defined in ${other}; give it another id or a higher version`,
      });
    seen.set(key, other ?? file);
    return other === undefined;
  });
}
