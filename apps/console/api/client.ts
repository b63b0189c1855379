import createClient, { type Middleware } from 'openapi-fetch';
import { currentSettings } from '../frame/settings.js';
import type { components, paths } from './schema.js';

export type Schemas = components['schemas'];

/** What the server says of a request that it did not fulfil (RFC 9457), or that it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly requestId: string | null,
    message: string,
  ) {
    super(message);
  }
}

const inLanguage: Middleware = {
  onRequest({ request }) {
    request.headers.set('accept-language', currentSettings().language === 'en' ? 'en' : 'zh');
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: '/' });
api.use(inLanguage);

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer's data. Throws ApiError where there is none. */
export async function answered<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch {
    throw new ApiError(0, 'unreachable', null, '');
  }
  if (answer.data !== undefined) return answer.data;
  const problem = (answer.error ?? {}) as { type?: string; title?: string; detail?: string };
  throw new ApiError(
    answer.response.status,
    problem.type?.split(':').at(-1) ?? String(answer.response.status),
    answer.response.headers.get('x-request-id'),
    problem.detail ?? problem.title ?? '',
  );
}
