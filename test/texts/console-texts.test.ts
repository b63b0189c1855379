import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const CONSOLE = join(import.meta.dirname, '../../apps/console');

function textsOf(language: string): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(CONSOLE, 'locale', `${language}.json`), 'utf8'));
}

const zh = textsOf('zh');
const en = textsOf('en');

const PLURAL = /_(zero|one|two|few|many|other)$/;
/** Chinese has one form for all numbers, English two: forms of one text are one key. */
const keysOf = (texts: object) =>
  [...new Set(Object.keys(texts).map((key) => key.replace(PLURAL, '')))].sort();

const sources = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('schema.ts'))
  .map((path) => ({ path, code: readFileSync(join(CONSOLE, path), 'utf8') }));

/** Texts asked for by their whole key, and where. */
const asked = sources.flatMap(({ path, code }) =>
  [...code.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => ({ path, key: key ?? '' })),
);

/** Keys put together from parts, as patterns. */
const composed = sources.flatMap(({ path, code }) =>
  [...code.matchAll(/`([a-z][\w.-]*\.[\w.-]*\$\{[^`]*)`/g)].map(([, template = '']) => {
    const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.'));
    return { path, template, pattern: new RegExp(`^${parts.join('[\\w.-]+')}$`) };
  }),
);

const quoted = new Set(
  sources.flatMap(({ code }) => [...code.matchAll(/'([^'\n]+)'/g)].map(([, text]) => text ?? '')),
);

/** Groups of keys that a file names and then puts a value to: `${group}.${value}`. */
const groups = sources
  .filter(({ code }) => /\bt\(`\$\{\w+\}\.\$\{/.test(code))
  .flatMap(({ code }) => [...code.matchAll(/'([a-z][\w-]*)'/g)].map(([, name]) => `${name}.`));

describe('the texts of the console', () => {
  it('are complete in both languages', () => {
    expect(keysOf(zh).filter((key) => !keysOf(en).includes(key))).toEqual([]);
    expect(keysOf(en).filter((key) => !keysOf(zh).includes(key))).toEqual([]);
    for (const [key, text] of [...Object.entries(zh), ...Object.entries(en)])
      expect([key, text.trim()]).not.toEqual([key, '']);
  });

  it('take the same parameters in both languages', () => {
    const paramsOf = (texts: Readonly<Record<string, string>>, key: string) => {
      const forms = Object.keys(texts).filter((name) => name.replace(PLURAL, '') === key);
      const found = forms.flatMap((name) => [...(texts[name] ?? '').matchAll(/\{(\w+)\}/g)]);
      // One form of a plural may leave its number out.
      return [...new Set(found.map(([, name]) => name))].filter((name) => name !== 'count').sort();
    };
    for (const key of keysOf(zh))
      expect([key, paramsOf(en, key)]).toEqual([key, paramsOf(zh, key)]);
  });

  it('are Chinese in Chinese and English in English', () => {
    const han = /\p{Script=Han}/u;
    expect(Object.entries(en).filter(([, text]) => han.test(text))).toEqual([]);
    const bare = Object.entries(zh).filter(([, text]) => !han.test(text) && /[a-z]{2}/i.test(text));
    expect(bare).toEqual([]);
  });

  it('are there wherever one is asked for', () => {
    const known = new Set(keysOf(zh));
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter(({ key }) => !known.has(key))).toEqual([]);
    const empty = composed
      .filter(({ pattern }) => !keysOf(zh).some((key) => pattern.test(key)))
      // Other texts have this form too: file names, addresses.
      .filter(({ template }) =>
        keysOf(zh).some((key) => key.startsWith(template.split('$')[0] ?? '')),
      );
    expect(empty).toEqual([]);
  });

  it('are all used', () => {
    const unused = keysOf(zh).filter(
      (key) =>
        !quoted.has(key) &&
        !composed.some(({ pattern }) => pattern.test(key)) &&
        !groups.some((group) => key.startsWith(group)),
    );
    expect(unused).toEqual([]);
  });
});
