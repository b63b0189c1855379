import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { recordLookUp } from '#store/record-look-up.js';
import { ApiProblem, type FieldFault } from '../problem/api-problem.js';
import type { Resources } from '../server/resources.js';

/** Header, what it means, and the most characters that it may have once decoded. */
const HEADERS = [
  ['Mingcha-Actor', 'Id of the person who looks', 100],
  ['Mingcha-Purpose', 'Why', 500],
  ['Mingcha-Case-Number', 'Number of the inquiry that it is for', 100],
] as const;

/** Who asks where nobody says so: whoever reached this address. */
export const NOBODY_NAMED = 'api';

/** Tells of the headers of a look-up in the OpenAPI document. */
export function AsksWhoLooks(): MethodDecorator {
  return applyDecorators(
    ...HEADERS.map(([name, description]) =>
      ApiHeader({
        name,
        required: false,
        description: `${description}; kept with the record of the look-up. Percent-encoded UTF-8`,
      }),
    ),
  );
}

/**
 * Leaves the record of a look-up, before anything of `object` is answered. @throws ApiProblem 400 where a header cannot be
 * read, and the database's error where it takes no record: then nothing may be shown.
 */
export async function leaveLookUp(
  { database }: Pick<Resources, 'database'>,
  request: Pick<FastifyRequest, 'headers' | 'id'>,
  object: string,
): Promise<void> {
  const faults: FieldFault[] = [];
  const [actor, purpose, caseNo] = HEADERS.map(([name, , most]) => {
    const value = request.headers[name.toLowerCase()];
    const text = typeof value === 'string' ? decoded(value) : '';
    if (text === null) faults.push({ field: name, key: 'not-text' });
    else if (text.length > most) faults.push({ field: name, key: 'too-long', params: { most } });
    return text === '' ? null : text;
  });
  if (faults.length > 0) throw new ApiProblem('invalid-parameter', { errors: faults });
  await recordLookUp(database.recorder, {
    actor: actor ?? NOBODY_NAMED,
    at: Date.now(),
    object,
    purpose: purpose ?? null,
    caseNo: caseNo ?? null,
    requestId: request.id,
  });
}

function decoded(value: string): string | null {
  try {
    const text = decodeURIComponent(value).trim();
    return text.includes('\u0000') || !text.isWellFormed() ? null : text;
  } catch {
    return null;
  }
}
