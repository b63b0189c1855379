import { EN } from './locale/en.js';
import { type OutcomeKey, ZH } from './locale/zh.js';
import type { Outcome, OutcomeParams, Verification } from './outcome.js';

export type Language = 'zh' | 'en';

/** Control and format characters, which a terminal might obey, are shown as `?`: names and values come from the bundle. */
function plain(value: string | number): string {
  return String(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

/** A sentence with its parameters; one that is not given reads as a dash. */
export function sentence(language: Language, key: OutcomeKey, params: OutcomeParams): string {
  const template: string = (language === 'zh' ? ZH : EN)[key];
  return template.replace(/\{(\w+)\}/g, (_, name: string) => plain(params[name] ?? '—'));
}

/** What was found, in words. */
export function outcomeText(language: Language, { key, place, params }: Outcome): string {
  return sentence(language, key, { place: place ?? '—', ...params });
}

/** The whole result for a person: problems, notes, what was looked at, the verdict last. */
export function resultLines(
  language: Language,
  { outcomes, tally, exit }: Verification,
  verdict: OutcomeKey = 'result.ok',
): string[] {
  const problems = outcomes.filter(({ code }) => code !== 0);
  const notes = outcomes.filter(({ code }) => code === 0);
  return [
    ...problems.map((one) =>
      sentence(language, 'result.problem', { exit: one.code, text: outcomeText(language, one) }),
    ),
    ...notes.map((one) => sentence(language, 'result.note', { text: outcomeText(language, one) })),
    sentence(language, 'result.tally', { ...tally }),
    exit === 0
      ? sentence(language, verdict, {})
      : sentence(language, 'result.failed', { count: problems.length, exit }),
  ];
}
