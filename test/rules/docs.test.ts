import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nationalCalendar } from '#core/calendar/national.js';
import { loadRulebook } from '#rulebook/load-rules.js';
import { lawOfExample, runExample } from '#rulebook/run-example.js';
import { documentedRules } from './documented-rules.js';

/** The types that the page's mapping declares (docs/importing.md, "A first mapping"). */
const DECLARED = new Map([
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
    expect([...new Set(kinds)].sort()).toEqual(
      ['absence', 'condition', 'count', 'deadline', 'manual', 'order', 'same-actor', 'sequence'],
    );
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
