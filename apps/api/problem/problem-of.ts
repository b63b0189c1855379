import { HttpException } from '@nestjs/common';
import { ApiProblem } from './api-problem.js';

/** Seconds after which a caller may try again when a server is away. */
export const RETRY_AFTER = 5;

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENOENT',
  '57P01',
  '57P02',
  '57P03',
  // A database that takes no writes for now.
  '25006',
]);

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  if ('driverError' in error) return codeOf(error.driverError);
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** True where the database cannot serve for now (away, its disk full, out of connections): trying again later may help. */
export function isDatabaseAway(error: unknown): boolean {
  const code = codeOf(error);
  if (
    code !== null &&
    (CONNECTION_CODES.has(code) || code.startsWith('08') || code.startsWith('53'))
  )
    return true;
  return (
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|not queryable/.test(
      error.message,
    )
  );
}

function ofFramework(error: unknown): ApiProblem | null {
  const code = codeOf(error);
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : typeof error === 'object' && error !== null && 'statusCode' in error
        ? Number(error.statusCode)
        : null;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || status === 413)
    return new ApiProblem('body-too-large', { params: { maxBytes: 5 * 1024 * 1024 } });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || status === 415)
    return new ApiProblem('unsupported-media-type');
  if (status === 404) return new ApiProblem('not-found');
  if (status === 405) return new ApiProblem('method-not-allowed');
  if (status === 431) return new ApiProblem('headers-too-large');
  if (status !== null && status >= 400 && status < 500)
    return new ApiProblem('bad-request', { cause: error });
  return null;
}

/** The one mapping of everything that can be thrown to a problem. Anything unknown is `internal` and says nothing more. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (isDatabaseAway(error))
    return new ApiProblem('database-away', { retryAfter: RETRY_AFTER, cause: error });
  const code = codeOf(error);
  if (code === '42P01' || code === '42703' || code === '42501' || code === '22023')
    return new ApiProblem('database-not-migrated', { retryAfter: 30, cause: error });
  // A value that the database cannot take: a date out of range, a NUL in a text.
  if (code?.startsWith('22')) return new ApiProblem('bad-request', { cause: error });
  if (error instanceof Error && error.message.includes('MINGCHA_MASTER_KEY'))
    return new ApiProblem('events-locked', { cause: error });
  return ofFramework(error) ?? new ApiProblem('internal', { cause: error });
}
