import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from './problem.dto.js';

const WHAT: Readonly<Record<number, string>> = {
  400: 'The request is wrong; `errors` names each fault',
  404: 'There is no such thing',
  413: 'Too much for one request',
  415: 'Content type or encoding is not supported',
  503: 'A server that is needed is away; try again after Retry-After',
};

/** Documents the problems that an operation may answer with. */
export function ApiProblems(...statuses: number[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: WHAT[status] ?? '',
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
      }),
    ),
  );
}
