import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  type ApiQueryOptions,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { LEVELS } from '#core/finding.js';
import { InLanguage, type Language } from '../language/language.js';
import { AsksWhoLooks, leaveLookUp } from '../privacy/look-up.js';
import { ApiProblem } from '../problem/api-problem.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { type Query as QueryOf, withCursor } from '../query/query-reader.js';
import { Resources } from '../server/resources.js';
import { ALERT_STATES, AlertPageDto } from './alert.dto.js';
import { AlertDetailDto } from './alert-detail.dto.js';
import { alertDetail } from './alert-detail.js';
import { findingsById, listAlerts, MOST, readWanted, SORTS } from './alert-list.js';
import { summariesOf } from './alert-summary.js';

const listOf = (
  name: string,
  description: string,
  values?: readonly string[],
): ApiQueryOptions => ({
  name,
  required: false,
  description,
  schema: {
    type: 'array',
    items: { type: 'string', ...(values === undefined ? {} : { enum: [...values] }) },
  },
  style: 'form',
  explode: false,
});

@ApiTags('alerts')
@Controller('v1/alerts')
export class AlertsController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Get()
  @ApiOperation({ operationId: 'listAlerts', summary: 'Alerts by their first event' })
  @ApiQuery(listOf('level', 'Any of these levels', LEVELS))
  @ApiQuery(listOf('state', 'Any of these states', ALERT_STATES))
  @ApiQuery(listOf('rule', 'Any of these rule ids'))
  @ApiQuery({
    name: 'unit',
    required: false,
    type: String,
    description: 'Agency or recipient unit',
  })
  @ApiQuery({ name: 'region', required: false, type: String, description: 'Prefix of the region' })
  @ApiQuery({ name: 'case', required: false, type: String, description: 'caseId' })
  @ApiQuery({ name: 'item', required: false, type: String, description: 'itemCode' })
  @ApiQuery({ name: 'held', required: false, type: Boolean })
  @ApiQuery({
    name: 'test',
    required: false,
    type: Boolean,
    description: 'Test data; default false',
  })
  @ApiQuery({
    name: 'since',
    required: false,
    type: String,
    description: 'First event at or after this time (RFC 3339, or a date: its beginning in China)',
  })
  @ApiQuery({ name: 'until', required: false, type: String, description: 'First event before' })
  @ApiQuery({ name: 'sort', required: false, enum: SORTS, description: 'Default -firstAt' })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MOST, default: 50 },
  })
  @ApiQuery({
    name: 'cursor',
    required: false,
    type: String,
    description: '`next` of the page before, with the same filters and sort',
  })
  @ApiOkResponse({ type: AlertPageDto })
  @ApiProblems(400, 503)
  async list(@Query() query: QueryOf, @InLanguage() language: Language): Promise<AlertPageDto> {
    const wanted = readWanted(query);
    const { database } = this.resources;
    const page = await withCursor(() => listAlerts(database.source, wanted));
    const findings = await findingsById(
      database.source,
      page.items.map(({ findingId }) => findingId),
    );
    const found = page.items.flatMap((alert) => {
      const finding = findings.get(alert.findingId);
      return finding === undefined ? [] : [{ alert, finding }];
    });
    return { items: await summariesOf(this.resources, found, language), next: page.next };
  }

  @Get(':alertId')
  @ApiOperation({
    operationId: 'getAlert',
    summary: 'One alert: explanation, rule, evidence, history, records',
  })
  @ApiParam({ name: 'alertId', type: String })
  @AsksWhoLooks()
  @ApiOkResponse({ type: AlertDetailDto })
  @ApiProblems(400, 404, 503)
  async one(
    @Param('alertId') alertId: string,
    @InLanguage() language: Language,
    @Req() request: FastifyRequest,
  ): Promise<AlertDetailDto> {
    const isId = /^[0-9a-f]{64}$/.test(alertId);
    const detail = isId ? await alertDetail(this.resources, alertId, language) : null;
    if (detail === null) throw new ApiProblem('no-such-alert');
    await leaveLookUp(this.resources, request, `alert:${alertId}`);
    return detail;
  }
}
