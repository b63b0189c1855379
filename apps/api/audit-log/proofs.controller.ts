import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatProof } from '#core/audit/note/tlog-proof.js';
import { formatHashes } from '#core/audit/note/witness-request.js';
import { readLatestCheckpoint } from '#store/audit-tree/checkpoints.js';
import { readConsistency, readInclusion } from '#store/audit-tree/tiles.js';
import { AsksWhoLooks, leaveLookUp } from '../privacy/look-up.js';
import { ApiProblem } from '../problem/api-problem.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { type Query as QueryOf, QueryReader } from '../query/query-reader.js';
import { Resources } from '../server/resources.js';
import { AuditLogRecordDto } from './audit-record.dto.js';
import { FOR_A_SECOND, FOR_EVER, sendStatic } from './static-answer.js';
import { type PlacedRecord, recordById } from './stored-log.js';

const MOST_ID = 1_000;
const LARGEST_SIZE = 999_999_999_999_999;
const TEXT = 'text/plain; charset=utf-8';
const TEXT_ANSWER = { 'text/plain': { schema: { type: 'string' } } } as const;
/** Seconds after which a record that has no place yet will mostly have one. */
const SOON = 2;

/** Proofs from the log, which anybody can check with the public keys alone. */
@ApiTags('audit')
@Controller('v1/audit')
export class ProofsController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Get('records/:id')
  @ApiOperation({
    operationId: 'getAuditRecord',
    summary: 'One record of the audit trail, as it was hashed, with its place in the log',
  })
  @ApiParam({ name: 'id', type: String, description: 'Percent-encoded as one path segment' })
  @AsksWhoLooks()
  @ApiOkResponse({ type: AuditLogRecordDto })
  @ApiProblems(400, 404, 503)
  async record(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<AuditLogRecordDto> {
    const found = await this.find(id);
    await leaveLookUp(this.resources, request, `record:${found.id}`);
    const latest = await readLatestCheckpoint(this.resources.database.pool, { complete: true });
    const { leafIndex } = found;
    const covered = latest !== null && leafIndex !== null && leafIndex < latest.size;
    return {
      id: found.id,
      leaf: found.leaf,
      leafHash: found.leafHash.toString('hex'),
      leafIndex,
      checkpointSize: covered ? latest.size : null,
    };
  }

  @Get('proofs/inclusion')
  @ApiOperation({
    operationId: 'proveInclusion',
    summary:
      'That a record stands in the log: its inclusion proof under the newest checkpoint (C2SP tlog-proof)',
  })
  @ApiQuery({ name: 'record', type: String, description: 'Id of the record' })
  @ApiOkResponse({ content: TEXT_ANSWER })
  @ApiProblems(400, 404, 503)
  async inclusion(
    @Query() query: QueryOf,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const reader = new QueryReader(query);
    const id = reader.needed('record', reader.text('record', MOST_ID));
    reader.done();
    const { pool } = this.resources.database;
    const { leafIndex } = await this.find(id);
    const latest = await readLatestCheckpoint(pool, { complete: true });
    if (leafIndex === null || latest === null || leafIndex >= latest.size)
      throw new ApiProblem('not-signed-yet', { retryAfter: SOON });
    const proof = await readInclusion(pool, leafIndex, latest.size);
    const body = formatProof({ index: leafIndex, proof, checkpoint: latest.note });
    sendStatic(request, reply, { body, type: TEXT, cache: FOR_A_SECOND });
  }

  @Get('proofs/consistency')
  @ApiOperation({
    operationId: 'proveConsistency',
    summary:
      'That the log of one size begins with that of another: hashes in base64, one a line (RFC 6962 2.1.2)',
  })
  @ApiQuery({ name: 'from', schema: { type: 'integer', minimum: 1 } })
  @ApiQuery({ name: 'to', schema: { type: 'integer', minimum: 1 } })
  @ApiOkResponse({ content: TEXT_ANSWER })
  @ApiProblems(400, 404, 503)
  async consistency(
    @Query() query: QueryOf,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const reader = new QueryReader(query);
    const to = reader.needed('to', reader.whole('to', 1, LARGEST_SIZE));
    const from = reader.needed('from', reader.whole('from', 1, to ?? LARGEST_SIZE));
    reader.done();
    const { pool } = this.resources.database;
    const latest = await readLatestCheckpoint(pool, { complete: true });
    if (latest === null || to > latest.size) throw new ApiProblem('no-such-size');
    const body = formatHashes(await readConsistency(pool, from, to));
    sendStatic(request, reply, { body, type: TEXT, cache: FOR_EVER });
  }

  private async find(id: string): Promise<PlacedRecord> {
    const isId = id.length <= MOST_ID && id.isWellFormed() && !id.includes('\u0000');
    const found = isId ? await recordById(this.resources.database.pool, id) : null;
    if (found === null) throw new ApiProblem('no-such-record');
    return found;
  }
}
