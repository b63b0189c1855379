import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { loadCoverage } from '#store/known-facts.js';
import { InLanguage, type Language } from '../language/language.js';
import { instantText, localTimeText, textOf } from '../language/texts.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { Resources } from '../server/resources.js';
import { type CoverageDto, CoverageListDto } from './coverage.dto.js';
import { type GroupedCoverage, groupLanes } from './group-lanes.js';

@ApiTags('coverage')
@Controller('v1/coverage')
export class CoverageController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Get()
  @ApiOperation({
    operationId: 'listCoverage',
    summary:
      'Through which time each source was evaluated, with gaps, late and quarantined records',
  })
  @ApiOkResponse({ type: CoverageListDto })
  @ApiProblems(503)
  async list(@InLanguage() language: Language): Promise<CoverageListDto> {
    const lanes = await loadCoverage(this.resources.database.pool);
    return { items: groupLanes(lanes).map((group) => coverageDto(group, language)) };
  }
}

function coverageDto(group: GroupedCoverage, language: Language): CoverageDto {
  const { evaluatedThrough, heardThrough, gaps } = group;
  return {
    ...group,
    evaluatedThrough: instantText(evaluatedThrough),
    heardThrough: instantText(heardThrough),
    gaps: gaps.map(({ from, reason }) => ({ from: instantText(from), reason })),
    text:
      evaluatedThrough === null
        ? textOf(language, 'coverage.unknown', { sources: group.source })
        : textOf(language, 'coverage.through', {
            sources: group.source,
            through: localTimeText(evaluatedThrough),
          }),
  };
}
