import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { appModule } from '../app.module.js';
import { LONGEST_PART, serveConsole } from '../console/serve-console.js';
import { languageOfRequest } from '../language/language.js';
import { apiDocument } from '../openapi/api-document.js';
import { ApiProblem } from '../problem/api-problem.js';
import { ProblemFilter, sendProblem } from '../problem/problem.filter.js';
import type { Resources } from './resources.js';

/** Largest body of a request, bytes. */
export const MAX_BODY = 5 * 1024 * 1024;

const REQUEST_ID = /^[\w.:-]{1,80}$/;

/** The application over its resources; it listens to nothing yet and connects to nothing. */
export async function createApp(resources: Resources): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY,
    genReqId: (request: { readonly headers: IncomingHttpHeaders }) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    routerOptions: { maxParamLength: LONGEST_PART },
    // A connection that sends its request too slowly is let go; streams are not requests that are still coming.
    requestTimeout: 60_000,
    // On stopping, requests in hand are finished; streams are ended by their controller.
    forceCloseConnections: 'idle',
    // Addresses that the router cannot read never reach the filter.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(error, request, reply),
  });
  const app = await NestFactory.create<NestFastifyApplication>(appModule(resources), adapter, {
    bodyParser: false,
    logger: false,
    // A mistake in the module is thrown, not logged and followed by an exit.
    abortOnError: false,
  });
  const { metrics, logger } = resources;
  const fastify = adapter.getInstance<FastifyInstance>();
  // Bodies stay bytes: evidence needs them exactly as they were sent.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('vary', 'accept-language');
    reply.header('content-language', languageOfRequest(request));
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { method } = request;
    const status = String(reply.statusCode);
    const seconds = reply.elapsedTime / 1000;
    metrics.requests.observe({ method, route, status }, seconds);
    // The route, not the path: a path names cases.
    logger.debug({ requestId: request.id, method, route, status, seconds }, 'Answered');
  });
  app.useGlobalFilters(new ProblemFilter(logger));
  const document = apiDocument(app);
  fastify.get('/v1/openapi.json', async (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(document)),
  );
  fastify.get('/v1', async () => {
    throw new ApiProblem('not-found');
  });
  await serveConsole(fastify);
  return app;
}
