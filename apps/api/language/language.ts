import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import type { Language } from '#explanation/texts.js';

export type { Language } from '#explanation/texts.js';

/**
 * The language of an answer by RFC 9110 section 12.5.4: the supported language with the greatest weight, Chinese where
 * nothing fits, where both weigh the same and Chinese is not behind, or where the header is missing or unreadable.
 */
export function languageOf(acceptLanguage: string | undefined): Language {
  let zh = -1;
  let en = -1;
  let any = -1;
  for (const part of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const [range = '', ...params] = part.trim().toLowerCase().split(';');
    const weight = weightOf(params);
    if (weight === null) continue;
    const primary = range.trim().split('-')[0];
    if (primary === 'zh') zh = Math.max(zh, weight);
    if (primary === 'en') en = Math.max(en, weight);
    if (primary === '*') any = Math.max(any, weight);
  }
  const weightOfZh = zh >= 0 ? zh : any;
  const weightOfEn = en >= 0 ? en : any;
  return weightOfEn > 0 && weightOfEn > weightOfZh ? 'en' : 'zh';
}

function weightOf(params: readonly string[]): number | null {
  const weight = params.map((param) => param.trim()).find((param) => param.startsWith('q='));
  if (weight === undefined) return 1;
  const value = Number(weight.slice(2));
  return value >= 0 && value <= 1 ? value : null;
}

/** The language of a request. */
export function languageOfRequest(request: Pick<FastifyRequest, 'headers'>): Language {
  return languageOf(request.headers['accept-language']);
}

/** Parameter of a controller: the language in which the caller wants its texts. */
export const InLanguage = createParamDecorator(
  (_: unknown, context: ExecutionContext): Language =>
    languageOfRequest(context.switchToHttp().getRequest<FastifyRequest>()),
);
