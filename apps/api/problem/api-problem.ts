import type { TextParams } from '../language/texts.js';

/** Codes of RFC 9457 problems: `type` is urn:mingcha:problem:<code>; texts in locale/<language>.json. */
export const PROBLEMS = {
  'invalid-parameter': 400,
  'invalid-cursor': 400,
  'empty-body': 400,
  'bad-request': 400,
  'not-found': 404,
  'no-such-alert': 404,
  'no-such-case': 404,
  'no-such-record': 404,
  'no-such-tile': 404,
  'no-such-size': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'too-many-records': 413,
  'record-refused': 413,
  'unsupported-media-type': 415,
  'unsupported-encoding': 415,
  'headers-too-large': 431,
  internal: 500,
  'event-log-away': 503,
  'database-away': 503,
  'database-not-migrated': 503,
  'events-locked': 503,
  'too-many-streams': 503,
  'not-signed-yet': 503,
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldFault {
  readonly field: string;
  /** Key below `fault.` of the language files. */
  readonly key: string;
  readonly params?: TextParams;
}

export interface ProblemDetail {
  readonly params?: TextParams;
  readonly errors?: readonly FieldFault[];
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
  /** What happened inside; logged, never sent. */
  readonly cause?: unknown;
}

/** An answer that is an error; rendered in one place, problem.filter.ts. */
export class ApiProblem extends Error {
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    readonly detail: ProblemDetail = {},
  ) {
    super(code, { cause: detail.cause });
    this.name = 'ApiProblem';
    this.status = PROBLEMS[code];
  }
}
