import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseEntriesPath, parseTilePath } from '#core/audit/tree/tile.js';
import { readLatestCheckpoint } from '#store/audit-tree/checkpoints.js';
import { ApiProblem } from '../problem/api-problem.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { Resources } from '../server/resources.js';
import { FOR_A_SECOND, FOR_EVER, sendStatic } from './static-answer.js';
import { storedEntries, storedTile } from './stored-log.js';

const BYTES = 'application/octet-stream';
const BINARY = { [BYTES]: { schema: { type: 'string', format: 'binary' } } } as const;

/** The log as C2SP tlog-tiles has it, for any client that speaks it: addresses under /log, the same bytes for everybody. */
@ApiTags('audit')
@Controller('log')
export class LogController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Get('checkpoint')
  @ApiOperation({
    operationId: 'getLogCheckpoint',
    summary:
      'The newest checkpoint with the signatures of log and witnesses (C2SP tlog-checkpoint)',
  })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  @ApiProblems(404, 503)
  async checkpoint(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const latest = await readLatestCheckpoint(this.resources.database.pool, { complete: true });
    if (latest === null) throw new ApiProblem('no-such-tile');
    sendStatic(request, reply, {
      body: latest.note,
      type: 'text/plain; charset=utf-8',
      cache: FOR_A_SECOND,
    });
  }

  @Get('tile/*')
  @ApiOperation({
    operationId: 'getLogTile',
    summary:
      'A tile of hashes, `<L>/<N>[.p/<W>]`, or a bundle of entries, `entries/<N>[.p/<W>]` (C2SP tlog-tiles)',
    description:
      'Level, and the index in groups of three digits, all but the last with an x: `0/x001/x234/067`. Full tiles hold ' +
      '256 hashes; `.p/<W>` asks for the first W. Bundles of entries hold case content and are served only where ' +
      'MINGCHA_LOG_ENTRIES is true.',
  })
  // What the document calls the rest of the address.
  @ApiParam({ name: 'path', type: String })
  @ApiOkResponse({ content: BINARY })
  @ApiProblems(404, 503)
  async tile(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { database, settings } = this.resources;
    // As it was sent: a tile has one address, and another spelling of it is none.
    const path = (request.url.split('?')[0] ?? '').slice('/log/'.length);
    const tile = parseTilePath(path);
    const entries = tile === null && settings.logEntries ? parseEntriesPath(path) : null;
    const body =
      tile !== null
        ? await storedTile(database.pool, tile)
        : entries !== null
          ? await storedEntries(database.pool, entries)
          : null;
    if (body === null) throw new ApiProblem('no-such-tile');
    sendStatic(request, reply, { body, type: BYTES, cache: FOR_EVER });
  }
}
