import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Instant } from '#core/event/event.js';
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

const LOST = /^records-lost (\S+) (\d+-\d+)$/;

/** Reasons of gaps that became one are told one after the other. */
function gapText(language: Language, from: Instant, reason: string): string {
  const since = localTimeText(from);
  return reason
    .split('; ')
    .map((one) => {
      const [, place, records] = LOST.exec(one) ?? [];
      return place === undefined || records === undefined
        ? textOf(language, 'coverage.gap', { since, reason: one })
        : textOf(language, 'coverage.gap.records-lost', { since, place, records });
    })
    .join(' ');
}

function coverageDto(group: GroupedCoverage, language: Language): CoverageDto {
  const { evaluatedThrough, heardThrough, gaps } = group;
  return {
    ...group,
    evaluatedThrough: instantText(evaluatedThrough),
    heardThrough: instantText(heardThrough),
    gaps: gaps.map(({ from, reason }) => ({
      from: instantText(from),
      reason,
      text: gapText(language, from, reason),
    })),
    text:
      evaluatedThrough === null
        ? textOf(language, 'coverage.unknown', { sources: group.source })
        : textOf(language, 'coverage.through', {
            sources: group.source,
            through: localTimeText(evaluatedThrough),
          }),
  };
}
