import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { serveConsole } from '../../apps/api/console/serve-console.js';
import { ApiProblem } from '../../apps/api/problem/api-problem.js';

const PAGE = '<!doctype html><meta name="csp-nonce" content="" /><div id="console"></div>';
const SCRIPT = 'export const shown = true;\n'.repeat(50);

let site: string;
let app: FastifyInstance;

async function serverOf(folder: string): Promise<FastifyInstance> {
  const server = fastify();
  server.get('/v1/alerts', async () => ({ items: [] }));
  server.setErrorHandler((error, _request, reply) =>
    reply.status(error instanceof ApiProblem ? 404 : 500).send({ problem: true }),
  );
  await serveConsole(server, folder);
  await server.ready();
  return server;
}

beforeAll(async () => {
  site = mkdtempSync(join(tmpdir(), 'mingcha-site-'));
  mkdirSync(join(site, 'assets'));
  writeFileSync(join(site, 'index.html'), PAGE);
  writeFileSync(join(site, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(site, 'assets', 'main-1a2b.js'), SCRIPT);
  writeFileSync(join(site, 'assets', 'main-1a2b.js.gz'), gzipSync(SCRIPT));
  app = await serverOf(site);
});

afterAll(async () => {
  await app.close();
  rmSync(site, { recursive: true, force: true });
});

const html = { accept: 'text/html,application/xhtml+xml' };

describe('the served console', () => {
  it.each(['/', '/alerts?level=red', '/cases/approval%2FSP1', '/anything/else'])(
    'answers %s with the page, under a policy that lets nothing in from elsewhere',
    async (url) => {
      const answer = await app.inject({ url, headers: html });
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['cache-control']).toBe('no-store');
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
      expect(Buffer.from(nonce, 'base64').length).toBe(16);
      expect(answer.body).toContain(`<meta name="csp-nonce" content="${nonce}"`);
    },
  );

  it('gives every page a nonce of its own', async () => {
    const [one, two] = await Promise.all([
      app.inject({ url: '/', headers: html }),
      app.inject({ url: '/', headers: html }),
    ]);
    expect(one.body).not.toBe(two.body);
  });

  it('keeps bundled files for ever, compressed where the browser takes it', async () => {
    const plain = await app.inject({ url: '/assets/main-1a2b.js' });
    expect(plain.body).toBe(SCRIPT);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const packed = await app.inject({
      url: '/assets/main-1a2b.js',
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.rawPayload.length).toBeLessThan(SCRIPT.length / 4);
    const icon = await app.inject({ url: '/icon.svg' });
    expect(icon.headers['cache-control']).toBe('no-cache');
  });

  it.each([
    ['/v1/no-such-thing', html],
    ['/health/no-such-thing', html],
    ['/alerts', { accept: 'application/json' }],
    ['/assets/gone-0000.js', { accept: '*/*' }],
    ['/assets/../../package.json', { accept: '*/*' }],
    ['/assets/%2e%2e/%2e%2e/package.json', { accept: '*/*' }],
  ])('answers %s with a problem, not with a page', async (url, headers) => {
    const answer = await app.inject({ url, headers });
    expect(answer.statusCode).toBe(404);
    expect(answer.body).not.toContain('console');
  });

  it('leaves the API alone', async () => {
    expect((await app.inject({ url: '/v1/alerts', headers: html })).json()).toEqual({ items: [] });
  });

  it('without a bundle every address is as it was', async () => {
    const bare = await serverOf(join(site, 'not-built'));
    expect((await bare.inject({ url: '/', headers: html })).statusCode).toBe(404);
    await bare.close();
  });
});
