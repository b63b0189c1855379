import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { compileRulebook, type Rulebook } from '#core/rule/compile.js';
import type { FieldTypes } from '#core/rule/predicate-types.js';
import type { RuleSource } from '#core/rule/rule.js';
import { vocabularyTypes } from '#core/rule/vocabulary-types.js';
import { RULE_SCHEMA, WINDOW_SCHEMAS } from './rule-schema.js';

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

const ajv = new Ajv2020({ allErrors: true, strict: false, discriminator: false });
const validateRule = ajv.compile(RULE_SCHEMA);
const validateWindow = new Map(
  Object.entries(WINDOW_SCHEMAS).map(([kind, schema]) => [kind, ajv.compile(schema)]),
);

/** Folder of the rule packs that come with Mingcha. */
export function packFolder(pack: string): string {
  return join(import.meta.dirname, 'packs', pack);
}

/**
 * Reads every *.yaml file below the folders (or files) and compiles them into one rulebook.
 * @throws RulebookError with every problem found: file, line, reason.
 */
export function loadRulebook(
  places: readonly string[],
  extraTypes: ReadonlyMap<string, FieldTypes> = new Map(),
): { readonly rulebook: Rulebook; readonly sources: readonly RuleSource[] } {
  const problems: RuleFileProblem[] = [];
  const rules = places
    .flatMap((place) => filesOf(place))
    .flatMap((file) => readRules(file, problems));
  refuseTwice(rules, problems);
  if (problems.length > 0) throw new RulebookError(problems);
  const outcome = compileRulebook(
    rules.map((rule) => rule.source),
    new Map([...vocabularyTypes(), ...extraTypes]),
  );
  if (outcome.ok) return { rulebook: outcome.rulebook, sources: rules.map((rule) => rule.source) };
  throw new RulebookError(
    outcome.problems.map((problem) => {
      const rule = rules.find(
        (one) => one.source.id === problem.ruleId && one.source.version === problem.version,
      );
      return {
        file: rule?.file ?? '?',
        line: rule?.lineOf(problem.path) ?? 1,
        reason: `${problem.ruleId} ${problem.path}: ${problem.reason}`,
      };
    }),
  );
}

function filesOf(place: string): string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(place).isDirectory();
  } catch {
    throw new RulebookError([{ file: place, line: 0, reason: 'no such file or folder' }]);
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
  for (const error of errors ?? []) {
    const path: (string | number)[] = [...prefix, ...error.instancePath.split('/').slice(1)];
    const extra = error.params as {
      additionalProperty?: string;
      missingProperty?: string;
      allowedValues?: readonly unknown[];
    };
    if (extra.additionalProperty !== undefined) path.push(extra.additionalProperty);
    const what =
      extra.additionalProperty !== undefined
        ? 'unknown field'
        : extra.allowedValues === undefined
          ? (error.message ?? 'is not valid')
          : `${error.message}: ${extra.allowedValues.join(', ')}`;
    reading.problems.push({
      file: reading.file,
      line: reading.lineAt(path),
      reason: `${path.join('.') || 'rule'}: ${what}`,
    });
  }
}

function pathParts(path: string): (string | number)[] {
  return path
    .split(/[.[\]]/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function refuseTwice(rules: readonly LoadedRule[], problems: RuleFileProblem[]): void {
  const seen = new Map<string, string>();
  for (const { source, file, lineOf } of rules) {
    const key = `${source.id} version ${source.version}`;
    const other = seen.get(key);
    if (other === undefined) seen.set(key, file);
    else
      problems.push({
        file,
        line: lineOf('id'),
        reason: `duplicate rule: ${key} is already defined in ${other}`,
      });
  }
}
