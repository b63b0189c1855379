import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import { nationalCalendar } from '#core/calendar/national.js';
import { registerFunctions } from '#core/rule/functions.js';
import { declareTypes, type FieldTypes, typeOfAnchor } from '#core/rule/predicate-types.js';
import { loadRulebook } from '#rulebook/load-rules.js';
import { RULE_SCHEMA, WINDOW_SCHEMAS } from '#rulebook/rule-schema.js';
import { lawOfExample, runExample } from '#rulebook/run-example.js';
import { documentedRules } from './documented-rules.js';

/** The types that the page's mapping declares (docs/importing.md, "A first mapping"). */
const DECLARED = new Map<string, FieldTypes>([
  ['x.request-opened', { targetOn: 'string' }],
  ['x.request-closed', { targetOn: 'string', closedOn: 'string' }],
]);
const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mingcha-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(['rules.md', 'rules.zh-CN.md'])('docs/%s', (page) => {
  const rules = documentedRules(page);

  it('shows a rule of every kind of window', () => {
    const kinds = rules.flatMap(({ yaml }) =>
      [...yaml.matchAll(/\bkind: ([a-z-]+)/g)].map(([, kind]) => kind),
    );
    expect([...new Set(kinds)].sort()).toEqual([
      'absence',
      'condition',
      'count',
      'deadline',
      'manual',
      'order',
      'same-actor',
      'sequence',
    ]);
  });

  it.each(rules)('the rule on line $line says what its examples expect', ({ line, yaml }) => {
    const file = join(folder, `${page}-${line}.yaml`);
    writeFileSync(file, yaml);
    const { rulebook, sources, vocabulary } = loadRulebook([file], DECLARED);
    for (const rule of sources)
      for (const example of rule.examples) {
        const law = lawOfExample(example, rulebook, calendar);
        const outcome = runExample(rule.id, example, law, vocabulary);
        expect({ is: example.is, ...outcome }).toEqual({ is: example.is, ok: true });
      }
  });
});

describe('the pages about rules', () => {
  const pages = ['rules.md', 'rules.zh-CN.md'].map((page) =>
    readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8'),
  );

  it('name every field of the rule language', () => {
    const fields = fieldsOf([RULE_SCHEMA, ...Object.values(WINDOW_SCHEMAS)]);
    for (const page of pages)
      expect(fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(page))).toEqual([]);
  });

  it('name every function and every name that a predicate may use', () => {
    const environment = registerFunctions(new Environment());
    const none = typeOfAnchor(new Map(), []);
    declareTypes(environment, new Map(), { event: none, end: none });
    const { variables, functions } = environment.getDefinitions();
    const own = functions.filter(({ receiverType }) => receiverType === null);
    const names = [...variables, ...own].map(({ name }) => name).filter((name) => !CEL.has(name));
    expect(names.length).toBeGreaterThan(50);
    for (const page of pages)
      expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([]);
  });
});

/** What every CEL has: conversions, and the names of its types. */
const CEL = new Set(
  'google has bool bytes double dyn int list map null_type string type uint timestamp duration optional optional_type google.protobuf.Timestamp google.protobuf.Duration size'.split(
    ' ',
  ),
);

function fieldsOf(schemas: readonly object[]): string[] {
  const names = new Set<string>();
  const visit = (schema: unknown) => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties } = schema as { properties?: Record<string, unknown> };
    for (const name of Object.keys(properties ?? {})) names.add(name);
    for (const part of Object.values(schema)) visit(part);
  };
  schemas.forEach(visit);
  return [...names];
}
