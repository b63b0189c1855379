import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problem/api-problem.js';

/** The console as `npm run build` bundles it. */
const SITE = join(import.meta.dirname, '..', '..', 'console', 'site');
/** What belongs to the API: an address that it does not have is no page of the console. */
const OF_API = /^\/(v\d+|health|log)(\/|$)/;
/** Longest part of an address that may name something, in letters; a longer one is no address of ours. */
export const LONGEST_PART = 2_000;
const NONCE = /(<meta name="csp-nonce" content=)""/;

/**
 * Nothing from another origin, no script or style but the console's own and, by nonce, the styles that its widgets
 * write. Texts of events stand in pages, so nothing in them may ever run.
 */
function policyOf(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * Serves the console beside the API: bundled files for ever (their names change with them), pages fresh each time.
 * Where it was not built, or an address belongs to the API, the answer is the problem that it was before.
 */
export async function serveConsole(fastify: FastifyInstance, site = SITE): Promise<void> {
  const page = join(site, 'index.html');
  const html = existsSync(page) ? readFileSync(page, 'utf8') : null;
  if (html !== null)
    await fastify.register(fastifyStatic, {
      root: site,
      prefix: '/',
      wildcard: false,
      index: false,
      globIgnore: ['index.html', 'manifest.json'],
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const named = path.includes('/assets/');
        reply.header('cache-control', named ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  fastify.get('/*', async (request: FastifyRequest, reply: FastifyReply) => {
    const [path = '/'] = request.url.split('?');
    if (path.split('/').some((one) => one.length > LONGEST_PART))
      throw new ApiProblem('bad-request');
    if (html === null || OF_API.test(path) || !wantsPage(request))
      throw new ApiProblem('not-found');
    const nonce = randomBytes(16).toString('base64');
    return reply
      .header('content-security-policy', policyOf(nonce))
      .header('referrer-policy', 'same-origin')
      .header('cache-control', 'no-store')
      .header('content-type', 'text/html; charset=utf-8')
      .send(html.replace(NONCE, `$1"${nonce}"`));
  });
}

function wantsPage(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes('text/html');
}
