import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REJECT_REASONS } from '#core/event/rejection.js';
import { LEVELS } from '#core/finding.js';
import { EXPLANATION_LOCALE } from '#explanation/texts.js';
import { ALERT_STATES } from '../../apps/api/alerts/alert.dto.js';
import { rejectText } from '../../apps/api/events/reject-text.js';
import { languageOf } from '../../apps/api/language/language.js';
import { hasText } from '../../apps/api/language/texts.js';
import { PROBLEMS } from '../../apps/api/problem/api-problem.js';

const API = join(import.meta.dirname, '../../apps/api');
const read = (folder: string, language: string) =>
  JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')) as Record<string, string>;
const table = (language: string) => ({
  ...read(EXPLANATION_LOCALE, language),
  ...read(join(API, 'locale'), language),
});
const [zh, en] = [table('zh'), table('en')];
const placeholders = (text: string | undefined) => [...(text ?? '').matchAll(/\{\w+\}/g)].join();

describe('the language files', () => {
  it('have the same keys, none of them empty, with the same placeholders', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const key of Object.keys(zh)) {
      expect(zh[key]).not.toBe('');
      expect(en[key]).not.toBe('');
      const sorted = (text: string | undefined) => placeholders(text).split(',').sort();
      expect([key, sorted(zh[key])]).toEqual([key, sorted(en[key])]);
    }
  });

  it('have Chinese on one side and none on the other', () => {
    for (const [key, text] of Object.entries(en))
      expect([key, /\p{Script=Han}/u.test(text)]).toEqual([key, false]);
    for (const [key, text] of Object.entries(zh))
      expect([key, /\p{Script=Han}/u.test(text)]).toEqual([key, true]);
  });

  it('have a text for every code that can come up', () => {
    const keys = [
      ...LEVELS.map((level) => `level.${level}`),
      ...ALERT_STATES.map((state) => `alert-state.${state}`),
      ...Object.keys(PROBLEMS).flatMap((code) => [
        `problem.${code}.title`,
        `problem.${code}.detail`,
      ]),
      ...['when', 'clock', 'closing', 'person'].map((by) => `by.${by}`),
    ];
    expect(keys.filter((key) => !hasText(key))).toEqual([]);
    for (const reason of REJECT_REASONS)
      expect(rejectText({ reason, field: 'x', params: {} }, 'zh').text).not.toBe(reason);
  });

  it('have every key that is written out in the sources', () => {
    const files = readdirSync(API, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const missing = files.flatMap((name) => {
      const source = readFileSync(join(API, name), 'utf8');
      return [...source.matchAll(/textOf\(\s*[\w']+,\s*'([\w.-]+)'/g)]
        .map((match) => match[1] ?? '')
        .filter((key) => !hasText(key));
    });
    expect(missing).toEqual([]);
  });
});

describe('the language of an answer', () => {
  it.each([
    [undefined, 'zh'],
    ['', 'zh'],
    ['en', 'en'],
    ['en-GB,en;q=0.9,zh;q=0.8', 'en'],
    ['zh-CN,en;q=0.9', 'zh'],
    ['en;q=0.5, zh;q=0.5', 'zh'],
    ['fr, en;q=0.1', 'en'],
    ['fr', 'zh'],
    ['*', 'zh'],
    ['zh;q=0, en', 'en'],
    ['en;q=0', 'zh'],
    ['en;q=2', 'zh'],
    [';;;,,,q=', 'zh'],
    [`${'en,'.repeat(10_000)}zh`, 'en'],
  ])('of %j is %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });
});
