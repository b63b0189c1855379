import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { trailFinding } from '#store/judge/trail-finding.js';
import { EXIT_OF_KIND, findingSentence, gravest } from '../../apps/cli/verify/trail-sentence.js';

const VERIFY = join(import.meta.dirname, '../../apps/cli/verify');
const table = (language: string) =>
  JSON.parse(readFileSync(join(VERIFY, `locale/${language}.json`), 'utf8')) as Record<
    string,
    string
  >;
const [zh, en] = [table('zh'), table('en')];
const placeholders = (text = '') => [...text.matchAll(/\{\w+\}/g)].map(([one]) => one).sort();

describe('the sentences of mingcha verify', () => {
  it('are the same in both languages, with the same places for values', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const [key, text] of Object.entries(zh)) {
      expect([key, placeholders(text)]).toEqual([key, placeholders(en[key])]);
      expect([key, /\p{Script=Han}/u.test(en[key] ?? '')]).toEqual([key, false]);
    }
  });

  it('are there for every key that the sources ask for', () => {
    for (const name of readdirSync(VERIFY).filter((one) => one.endsWith('.ts'))) {
      const source = readFileSync(join(VERIFY, name), 'utf8');
      const asked = [
        ...source.matchAll(/(?:verifyText\(\s*[\w.]+,|\bsay\(|\[)\s*'([a-z]+\.[\w.-]+)'/g),
      ];
      for (const [, key = ''] of asked) expect([name, key, key in zh]).toEqual([name, key, true]);
    }
  });

  it('tell each kind of fault with its record, and show no control characters', () => {
    for (const kind of Object.keys(EXIT_OF_KIND) as (keyof typeof EXIT_OF_KIND)[]) {
      const finding = trailFinding({
        kind,
        id: 'case:a/1#2\u001b[2J',
        leafIndex: 7,
        what: 'x',
        where: 'audit_record',
      });
      for (const language of ['zh', 'en'] as const) {
        const text = findingSentence(language, finding);
        expect(text).not.toContain('\u001b');
        if (kind !== 'checkpoint') expect(text).toContain('case:a/1#2');
      }
    }
  });

  it('end with the code of the gravest fault', () => {
    expect(gravest(new Set())).toBe(0);
    expect(gravest(new Set(['chain', 'missing', 'edited']))).toBe(18);
    expect(gravest(new Set(['edited', 'checkpoint', 'tree']))).toBe(20);
    expect(gravest(new Set(['chain']))).toBe(15);
  });
});
