import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What never changes under its address. */
export const FOR_EVER = 'public, max-age=31536000, immutable';
/** What is replaced all the time: kept for a second, so that many readers ask the database once. */
export const FOR_A_SECOND = 'public, max-age=1';

export interface StaticAnswer {
  readonly body: Buffer | string;
  readonly type: string;
  readonly cache: string;
}

/** Sends bytes with their ETag, or 304 where the caller has them already. They are the same in every language. */
export function sendStatic(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, type, cache }: StaticAnswer,
): void {
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  reply.removeHeader('vary').removeHeader('content-language');
  reply.header('cache-control', cache).header('etag', etag);
  if (hasIt(request.headers['if-none-match'], etag)) reply.status(304).send();
  else reply.header('content-type', type).send(body);
}

function hasIt(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false;
  return given.split(',').some((one) => {
    const tag = one.trim();
    return tag === '*' || tag === etag || tag === `W/${etag}`;
  });
}
