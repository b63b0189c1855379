import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadRulebook, RulebookError, type RuleFileProblem } from '#rulebook/load-rules.js';

/** A well-formed rule; `part` replaces lines of it by their beginning. */
function ruleFile(part: Readonly<Record<string, string>> = {}): string {
  const lines = [
    'id: T-01',
    'version: 1',
    'family: T',
    'effective: { from: 2020-01-01 }',
    'name: { zh: 试, en: try }',
    'text: { zh: 试, en: try }',
    'basis: [{ law: { zh: 法, en: law }, article: "1" }]',
    'answerable: [unit]',
    'windows:',
    '  - kind: condition',
    '    on: [approval.decided]',
    `    levels: [{ level: red, when: "event.outcome == 'denied'" }]`,
    'exceptions: []',
    'examples: []',
  ];
  return lines
    .map((line) => Object.entries(part).find(([begin]) => line.startsWith(begin))?.[1] ?? line)
    .join('\n');
}

describe('loadRulebook', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mingcha-rules-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  function problems(...places: string[]): readonly RuleFileProblem[] {
    try {
      loadRulebook(places.length === 0 ? [folder] : places);
    } catch (error) {
      if (error instanceof RulebookError) return error.problems;
      throw error;
    }
    return [];
  }

  it('reads every rule file below a folder and says where each part of it stands', () => {
    mkdirSync(join(folder, 'inner'));
    write('a.yaml', ruleFile());
    const inner = write('inner/b.yml', ruleFile({ 'id:': 'id: T-02' }));
    write('notes.txt', 'no rule');
    const { sources, placeOf } = loadRulebook([folder]);
    expect(sources.map((rule) => rule.id)).toEqual(['T-01', 'T-02']);
    const second = sources[1];
    expect(second && placeOf(second, 'windows[0].levels[0].when')).toBe(`${inner}:12`);
  });

  it.each([
    {
      what: 'an unknown field',
      part: { '    on:': '    onn: [approval.decided]' },
      line: 11,
      reason: "windows.0.onn: unknown field; did you mean 'on'?",
    },
    {
      what: 'a field that is like no other',
      part: { 'family:': 'colour: T' },
      line: 3,
      reason:
        'colour: unknown field; known here: id, version, family, effective, name, text, basis, answerable, points, params, windows, exceptions, examples',
    },
    {
      what: 'a missing field',
      part: { 'text:': 'text: { zh: 试 }' },
      line: 6,
      reason: "text: the field 'en' is missing; add it",
    },
    {
      what: 'a level that does not exist',
      part: { '    levels:': '    levels: [{ level: blue, when: "true" }]' },
      line: 12,
      reason:
        'windows.0.levels.0.level: "blue" is not allowed here; give one of data, lead, notice, yellow, red',
    },
    {
      what: 'a window that does not exist',
      part: { '  - kind:': '  - kind: dedline' },
      line: 10,
      reason:
        "windows[0].kind: 'dedline' is no window; there are deadline, absence, count, sequence, order, same-actor, condition, manual",
    },
    {
      what: 'an unknown event type',
      part: { '    on:': '    on: [approval.decidet]' },
      line: 11,
      reason:
        "T-01 windows[0].on: unknown event type 'approval.decidet'; did you mean 'approval.decided'?",
    },
    {
      what: 'a type error',
      part: { '    levels:': '    levels: [{ level: red, when: event.outcome == 3 }]' },
      line: 12,
      reason:
        'T-01 windows[0].levels[0].when: no such overload: string == int in predicate: event.outcome == 3; texts, dates and codes are compared with texts in quotes',
    },
    {
      what: 'a predicate of the wrong kind',
      part: { '    levels:': '    levels: [{ level: red, when: event.outcome }]' },
      line: 12,
      reason:
        'T-01 windows[0].levels[0].when: yields string where bool is needed in predicate: event.outcome',
    },
    {
      what: 'a misspelt field of an event',
      part: { '    levels:': `    levels: [{ level: red, when: "event.outcom == 'x'" }]` },
      line: 12,
      reason:
        "T-01 windows[0].levels[0].when: No such key: outcom in predicate: event.outcom == 'x'; did you mean 'outcome'?",
    },
    {
      what: 'a function called with the wrong things',
      part: { '    levels:': '    levels: [{ level: red, when: isWorkday(event.at) }]' },
      line: 12,
      reason:
        "T-01 windows[0].levels[0].when: found no matching overload for 'isWorkday(double)' in predicate: isWorkday(event.at); there is isWorkday(string): bool",
    },
    {
      what: 'a date that is none',
      part: { 'effective:': 'effective: { from: 2020-02-30 }' },
      line: 4,
      reason: "T-01 effective.from: '2020-02-30' is not a date of the form YYYY-MM-DD",
    },
  ])('$what: line and what to do', ({ part, line, reason }) => {
    const file = write('a.yaml', ruleFile(Object.fromEntries(Object.entries(part))));
    expect(problems()).toContainEqual({ file, line, reason });
  });

  it('says which one of several forms a level needs, once', () => {
    const window = `  - kind: deadline
    from: [approval.received]
    until: [closing]
    counting: workday
    limit: { value: 5, unit: D }
    levels:
      - { level: red }
      - { level: red, after: 0, share: 0.5 }`;
    const text = ruleFile().replace(/ {2}- kind: condition[\s\S]*?\n(?=exceptions)/, `${window}\n`);
    write('a.yaml', text);
    expect(problems().map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '14 windows.0.limit.unit: "D" is not allowed here; give one of G, Z, H',
      '16 windows.0.levels.0: give exactly one of share, remaining, after, afterDays, times, limit',
      '17 windows.0.levels.1: give exactly one of share, remaining, after, afterDays, times, limit',
    ]);
  });

  it('names both files of a rule that is there twice', () => {
    const first = write('a.yaml', ruleFile());
    const second = write('b.yaml', ruleFile());
    expect(problems()).toEqual([
      {
        file: second,
        line: 1,
        reason: `duplicate rule: T-01 version 1 is already defined in ${first}; give it another id or a higher version`,
      },
    ]);
  });

  it('refuses two versions that are in force on one day', () => {
    write('a.yaml', ruleFile({ 'effective:': 'effective: { from: 2020-01-01, to: 2022-01-01 }' }));
    const second = write(
      'b.yaml',
      ruleFile({ 'version:': 'version: 2', 'effective:': 'effective: { from: 2022-01-01 }' }),
    );
    expect(problems()).toEqual([
      {
        file: second,
        line: 4,
        reason: 'T-01 effective: version 2 and version 1 are both in force on 2022-01-01',
      },
    ]);
  });

  it('reports what is wrong in every file at once', () => {
    write('a.yaml', ruleFile({ 'family:': 'famili: T' }));
    write('b.yaml', ruleFile({ 'id:': 'id: T-02', '    on:': '    on: [approval.x]' }));
    write('c.yaml', 'id: [1');
    const files = problems().map(({ file }) => file.slice(folder.length + 1));
    expect([...new Set(files)].sort()).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
  });

  it('says so where there is no such place', () => {
    const nowhere = join(folder, 'nowhere');
    expect(problems(nowhere)).toEqual([
      {
        file: nowhere,
        line: 0,
        reason: 'no such file or folder; give rule files or folders of them',
      },
    ]);
  });
});
