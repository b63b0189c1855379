import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { REJECT_REASONS, type RejectReason } from '#core/event/rejection.js';
import type { QuarantineEntity } from '#store/entity/quarantine.entity.js';
import { QuarantineRepository } from '#store/quarantine.repository.js';
import { rejectText } from '../events/reject-text.js';
import { InLanguage, type Language } from '../language/language.js';
import { codeText } from '../language/texts.js';
import { maskText } from '../privacy/mask.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { type Query as QueryOf, QueryReader, withCursor } from '../query/query-reader.js';
import { Resources } from '../server/resources.js';
import { QUARANTINE_STATES, type QuarantinedDto, QuarantinePageDto } from './quarantine.dto.js';

const MOST = 200;

@ApiTags('quarantine')
@Controller('v1/quarantine')
export class QuarantineController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Get()
  @ApiOperation({
    operationId: 'listQuarantine',
    summary: 'Records that broke the contract, oldest first',
  })
  @ApiQuery({ name: 'state', required: false, enum: QUARANTINE_STATES })
  @ApiQuery({ name: 'source', required: false, type: String })
  @ApiQuery({ name: 'reason', required: false, enum: REJECT_REASONS })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MOST, default: 50 },
  })
  @ApiQuery({ name: 'cursor', required: false, type: String })
  @ApiOkResponse({ type: QuarantinePageDto })
  @ApiProblems(400, 503)
  async list(
    @Query() query: QueryOf,
    @InLanguage() language: Language,
  ): Promise<QuarantinePageDto> {
    const reader = new QueryReader(query);
    const state = reader.choice('state', QUARANTINE_STATES);
    const source = reader.text('source');
    const reason = reader.choice('reason', REJECT_REASONS);
    const limit = reader.whole('limit', 1, MOST) ?? 50;
    const cursor = reader.text('cursor');
    reader.done();
    const filter = {
      ...(state === undefined ? {} : { state }),
      ...(source === undefined ? {} : { source }),
      ...(reason === undefined ? {} : { reason }),
    };
    const records = new QuarantineRepository(this.resources.database.source);
    const page = await withCursor(() =>
      records.list(filter, cursor === undefined ? { limit } : { limit, cursor }),
    );
    return { items: page.items.map((row) => quarantinedDto(row, language)), next: page.next };
  }
}

function quarantinedDto(row: QuarantineEntity, language: Language): QuarantinedDto {
  const params = (row.detail ?? {}) as Record<string, string | number>;
  return {
    quarantineId: row.quarantineId,
    receivedAt: row.receivedAt.toISOString(),
    reason: row.reason,
    field: row.field,
    ...rejectText({ reason: row.reason as RejectReason, field: row.field, params }, language),
    source: row.source,
    eventId: row.eventId,
    bytes: row.raw?.length ?? null,
    digest: row.digest.toString('hex'),
    state: row.state,
    stateText: codeText(language, 'quarantine-state', row.state),
    decidedAt: row.decidedAt?.toISOString() ?? null,
    decidedBy: row.decidedBy,
    reasonText: row.reasonText === null ? null : maskText(row.reasonText),
    repairedBy: row.repairedBy,
  };
}
