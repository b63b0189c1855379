import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { CaseStateEntity } from '#store/entity/case-state.entity.js';
import { InLanguage, type Language } from '../language/language.js';
import { codeText } from '../language/texts.js';
import { regionName, unitName } from '../law/names.js';
import { AsksWhoLooks, leaveLookUp } from '../privacy/look-up.js';
import { ApiProblem } from '../problem/api-problem.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { type Query as QueryOf, withCursor } from '../query/query-reader.js';
import { Resources } from '../server/resources.js';
import { CaseDto } from './case.dto.js';
import {
  CASE_SORTS,
  type CaseExtras,
  extrasOf,
  listCases,
  MOST_CASES,
  readCaseWanted,
} from './case-list.js';
import { CasePageDto, type CaseRowDto } from './case-row.dto.js';
import { explainCase } from './explain-case.js';

const MAX_CASE_ID = 500;

@ApiTags('cases')
@Controller('v1/cases')
export class CasesController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Get()
  @ApiOperation({ operationId: 'listCases', summary: 'Cases, by their numbers or by what is due' })
  @ApiQuery({ name: 'open', required: false, type: Boolean, description: 'In progress, or over' })
  @ApiQuery({ name: 'unit', required: false, type: String, description: 'Agency' })
  @ApiQuery({ name: 'region', required: false, type: String, description: 'Prefix of the region' })
  @ApiQuery({ name: 'item', required: false, type: String, description: 'itemCode' })
  @ApiQuery({ name: 'case', required: false, type: String, description: 'caseId, in full' })
  @ApiQuery({
    name: 'test',
    required: false,
    type: Boolean,
    description: 'Test data; default false',
  })
  @ApiQuery({
    name: 'sort',
    required: false,
    enum: CASE_SORTS,
    description: 'Default caseId; nextDueAt lists only cases that have one',
  })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MOST_CASES, default: 50 },
  })
  @ApiQuery({
    name: 'cursor',
    required: false,
    type: String,
    description: '`next` of the page before, with the same filters and sort',
  })
  @ApiOkResponse({ type: CasePageDto })
  @ApiProblems(400, 503)
  async list(@Query() query: QueryOf, @InLanguage() language: Language): Promise<CasePageDto> {
    const wanted = readCaseWanted(query);
    const { source } = this.resources.database;
    const page = await withCursor(() => listCases(source, wanted));
    const extras = await extrasOf(
      source,
      page.items.map(({ caseId }) => caseId),
    );
    const items = page.items.map((row) => this.rowDto(row, extras.get(row.caseId), language));
    return { items, next: page.next };
  }

  private rowDto(
    row: CaseStateEntity,
    extras: CaseExtras | undefined,
    language: Language,
  ): CaseRowDto {
    const { city } = this.resources.settings;
    return {
      caseId: row.caseId,
      itemCode: row.itemCode,
      itemName: extras?.itemName ?? row.itemName,
      agencyCode: row.agencyCode,
      agencyName: unitName(city, row.agencyCode),
      regionCode: row.regionCode,
      regionName: regionName(city, row.regionCode),
      openState: row.openState,
      openText: codeText(language, 'case-state', row.openState),
      asOf: row.asOf.toISOString(),
      nextDueAt: row.nextDueAt?.toISOString() ?? null,
      alerts: extras?.alerts ?? 0,
    };
  }

  @Get(':caseId')
  @ApiOperation({
    operationId: 'getCase',
    summary: 'One case: timeline, four clocks, and why alerts were or were not raised',
  })
  @ApiParam({
    name: 'caseId',
    type: String,
    description: 'Numbering authority, `/`, case number; percent-encoded as one path segment',
  })
  @AsksWhoLooks()
  @ApiOkResponse({ type: CaseDto })
  @ApiProblems(400, 404, 503)
  async one(
    @Param('caseId') caseId: string,
    @InLanguage() language: Language,
    @Req() request: FastifyRequest,
  ): Promise<CaseDto> {
    const isId = caseId.length <= MAX_CASE_ID && !caseId.includes('\u0000');
    const found = isId ? await explainCase(this.resources, caseId, language) : null;
    if (found === null) throw new ApiProblem('no-such-case');
    await leaveLookUp(this.resources, request, `case:${caseId}`);
    return found;
  }
}
