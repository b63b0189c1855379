import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type Language, languageOfRequest } from '../language/language.js';
import { textOf } from '../language/texts.js';
import type { ApiProblem } from './api-problem.js';
import type { ProblemDto } from './problem.dto.js';
import { problemOf } from './problem-of.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The body of a problem in one language. `instance` is the path without its query, which may name persons. */
export function problemBody(
  problem: ApiProblem,
  language: Language,
  request: { readonly path: string; readonly id: string },
): ProblemDto {
  const { code, status, detail } = problem;
  return {
    type: `urn:mingcha:problem:${code}`,
    title: textOf(language, `problem.${code}.title`),
    status,
    detail: textOf(language, `problem.${code}.detail`, detail.params),
    instance: request.path,
    requestId: request.id,
    ...(detail.errors === undefined
      ? {}
      : {
          errors: detail.errors.map(({ field, key, params }) => ({
            field,
            text: textOf(language, `fault.${key}`, params),
          })),
        }),
  };
}

/** Sends an error as problem details; where an answer has begun already, breaks it off. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (reply.sent || reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  const language = languageOfRequest(request);
  const path = request.url.split('?')[0] ?? request.url;
  if (problem.detail.retryAfter !== undefined)
    reply.header('retry-after', String(problem.detail.retryAfter));
  reply
    .status(problem.status)
    .header('content-type', PROBLEM_TYPE)
    .header('content-language', language)
    .send(JSON.stringify(problemBody(problem, language, { path, id: request.id })));
}

/** Answers every error as RFC 9457 problem details. Causes are logged with the request's id and never sent. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { status, code, detail } = problemOf(error);
    if (status >= 500)
      this.logger.error({ requestId: request.id, code, err: detail.cause }, 'Not answered');
    sendProblem(error, request, http.getResponse<FastifyReply>());
  }
}
