import { setTimeout as wait } from 'node:timers/promises';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import {
  ApiHeader,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Subject } from 'rxjs';
import { feedEnd } from '#store/alert-feed.js';
import { languageOfRequest } from '../language/language.js';
import { ApiProblem } from '../problem/api-problem.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { type Query, QueryReader } from '../query/query-reader.js';
import { Resources } from '../server/resources.js';
import { streamAlerts } from './stream-alerts.js';

const MOST_STREAMS = 500;
/** How long stopping waits for streams to end. */
const END_MS = 3_000;
const PLACE = /^\d{1,20}-\d{1,19}$/;
/** Largest 64-bit values: beyond them the database would refuse the cursor. */
const [MAX_XID, MAX_SEQ] = [2n ** 64n - 1n, 2n ** 63n - 1n];

@ApiTags('alerts')
@Controller('v1/alerts')
export class AlertStreamController {
  private readonly stopped$ = new Subject<void>();
  private open = 0;

  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Get('stream')
  @ApiOperation({
    operationId: 'streamAlerts',
    summary: 'Alert events as they are saved (server-sent events)',
    description:
      'Event names are `alert.<kind>`; data is JSON with alertId, eventNo, kind, at, level, state, reason, regionCode, ' +
      'recipientUnit. Without a place the stream begins with what comes next; with one, after it. Comments keep the line open.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event seen' })
  @ApiQuery({
    name: 'after',
    required: false,
    type: String,
    description: 'The same for a first connection; 0-0: from the beginning',
  })
  @ApiProduces('text/event-stream')
  @ApiResponse({
    status: 200,
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiProblems(400, 503)
  async stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { database, signal, metrics, logger } = this.resources;
    if (this.open >= MOST_STREAMS) throw new ApiProblem('too-many-streams', { retryAfter: 30 });
    const cursor = placeOf(request) ?? (await feedEnd(database.pool));
    signal.start();
    this.open += 1;
    metrics.streams.inc();
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'content-language': languageOfRequest(request),
      'x-accel-buffering': 'no',
      'x-request-id': request.id,
    });
    const { changed$ } = signal;
    const source = { pool: database.pool, changed$, stopped$: this.stopped$ };
    try {
      const end = await streamAlerts(reply.raw, cursor, source);
      if (end === 'slow') metrics.dropped.inc();
      // A reader that does not read would keep a polite end waiting for ever.
      if (end === 'slow') reply.raw.destroy();
    } catch (error) {
      logger.warn({ requestId: request.id, err: error }, 'An alert stream broke off');
    } finally {
      this.open -= 1;
      metrics.streams.dec();
      reply.raw.end();
    }
  }

  /** Called by Nest before connections are closed: streams are ended, and their readers come back by themselves. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped$.next();
    this.stopped$.complete();
    const giveUpAt = Date.now() + END_MS;
    while (this.open > 0 && Date.now() < giveUpAt) await wait(10);
  }
}

function placeOf(request: FastifyRequest): string | null {
  const reader = new QueryReader(request.query as Query);
  const after = reader.text('after');
  reader.done();
  const header = request.headers['last-event-id'];
  const place = typeof header === 'string' && header !== '' ? header : after;
  if (place === undefined) return null;
  const [xid = '', seq = ''] = PLACE.test(place) ? place.split('-') : [];
  if (xid === '' || BigInt(xid) > MAX_XID || BigInt(seq) > MAX_SEQ)
    throw new ApiProblem('invalid-cursor');
  return place;
}
