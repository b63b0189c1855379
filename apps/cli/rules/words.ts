import { VOCABULARY } from '#core/event/vocabulary.js';
import type { Level } from '#core/finding.js';
import type { DeadlineLevel, ExceptionSource, LimitSource } from '#core/rule/rule.js';

export type Language = 'zh' | 'en';

/** Says one thing in the language asked for. */
export function say(language: Language, zh: string, en: string): string {
  return language === 'zh' ? zh : en;
}

const LEVEL_WORDS: Readonly<Record<Level, readonly [zh: string, en: string]>> = {
  data: ['数据质量', 'data quality'],
  lead: ['线索', 'lead'],
  notice: ['提示', 'notice'],
  yellow: ['黄牌', 'yellow'],
  red: ['红牌', 'red'],
};

export function levelWords(language: Language, level: Level): string {
  return say(language, ...LEVEL_WORDS[level]);
}

/** Event types by name and code, as in 受理 (approval.accepted). */
export function typeWords(language: Language, types: '*' | readonly string[]): string {
  if (types === '*') return say(language, '任何事件', 'any event');
  return types
    .map((type) => {
      if (type === 'closing') return say(language, '办件终结', 'the end of the case');
      const known = VOCABULARY.get(type);
      return known === undefined ? type : `${say(language, known.zh, known.en)} (${type})`;
    })
    .join(say(language, '、', ', '));
}

const UNITS = {
  G: ['个工作日', 'working days'],
  Z: ['个自然日', 'natural days'],
  H: ['小时', 'hours'],
} as const;

/** A limit as 5 working days, or the predicate that yields it. */
export function limitWords(language: Language, limit: LimitSource | string): string {
  if (typeof limit === 'string') return predicate(limit);
  const amount = typeof limit.value === 'number' ? String(limit.value) : predicate(limit.value);
  return say(language, `${amount}${UNITS[limit.unit][0]}`, `${amount} ${UNITS[limit.unit][1]}`);
}

/** A predicate on one line, marked as such. */
export function predicate(text: string): string {
  return `\`${text.replace(/\s+/g, ' ').trim()}\``;
}

/** When a level of a deadline begins. */
export function levelStart(language: Language, level: DeadlineLevel): string {
  const start = startWords(language, level);
  if (level.minLimit === undefined) return start;
  const least = say(
    language,
    `时限不少于${level.minLimit}时`,
    `limits of at least ${level.minLimit} only`,
  );
  return `${start} (${least})`;
}

function startWords(language: Language, level: DeadlineLevel): string {
  const { share, remaining, after, afterDays, times, limit } = level;
  if (share !== undefined)
    return say(
      language,
      `已用去时限的 ${percent(share)} 之日零时起`,
      `from 00:00 of the day on which ${percent(share)} of the limit is used`,
    );
  if (remaining !== undefined)
    return say(
      language,
      `时限只剩 ${remaining} 之日零时起`,
      `from 00:00 of the day on which ${remaining} of the limit is left`,
    );
  if (afterDays !== undefined)
    return say(language, `起算后第 ${afterDays} 日过后`, `after day ${afterDays} from the start`);
  if (times !== undefined)
    return say(language, `超过时限的 ${times} 倍`, `after ${times} times the limit`);
  if (limit !== undefined)
    return say(
      language,
      `超过${limitWords(language, limit)}`,
      `after ${limitWords(language, limit)}`,
    );
  return after === undefined || after === 0
    ? say(language, '时限届满之后', 'after the last day of the limit')
    : say(
        language,
        `时限届满后再过 ${after} 个单位`,
        `${after} units after the last day of the limit`,
      );
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

/** How an exception is examined. */
export function exceptionWords(language: Language, exception: ExceptionSource): string {
  switch (exception.by) {
    case 'when':
      return say(
        language,
        `由数据判断:${predicate(exception.when ?? '')}`,
        `decided by data: ${predicate(exception.when ?? '')}`,
      );
    case 'clock':
      return say(language, '时钟已扣除', 'its time is left out of the clock');
    case 'closing':
      return say(language, '该事实使期限终止', 'the fact itself ends the wait');
    case 'person':
      return say(
        language,
        '数据无法证明,由核查人员判断',
        'no data can prove it; the screener decides',
      );
  }
}
