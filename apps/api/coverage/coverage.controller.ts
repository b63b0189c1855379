import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Instant } from '#core/event/event.js';
import { loadCoverage } from '#store/known-facts.js';
import { InLanguage, type Language } from '../language/language.js';
import { codeText, instantText, localTimeText, textOf } from '../language/texts.js';
import { judgingTime } from '../law/judging-time.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { Resources } from '../server/resources.js';
import { type CoverageDto, CoverageListDto } from './coverage.dto.js';
import { type GroupedCoverage, groupLanes } from './group-lanes.js';
import {
  agreedDelayHours,
  delayMinutes,
  delayText,
  isNamed,
  type Judging,
  sourceState,
} from './source-state.js';
import { sourcesOnChange } from './sources-on-change.js';

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
    const { database, settings } = this.resources;
    const { city } = settings;
    const [lanes, onChange, { asOf }] = await Promise.all([
      loadCoverage(database.pool),
      sourcesOnChange(database.pool, city),
      judgingTime(this.resources),
    ]);
    const judging = { city, asOf, onChange };
    return {
      asOf: instantText(asOf),
      items: groupLanes(lanes).map((group) => coverageDto(group, judging, language)),
    };
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

function coverageDto(group: GroupedCoverage, judging: Judging, language: Language): CoverageDto {
  const { evaluatedThrough, heardThrough, gaps } = group;
  const state = sourceState(group, judging);
  const delay = delayMinutes(group, judging.asOf);
  return {
    ...group,
    evaluatedThrough: instantText(evaluatedThrough),
    heardThrough: instantText(heardThrough),
    gaps: gaps.map(({ from, reason }) => ({
      from: instantText(from),
      reason,
      text: gapText(language, from, reason),
    })),
    named: isNamed(group),
    state,
    stateText: codeText(language, 'source-state', state),
    delayMinutes: delay,
    delayText: delayText(delay, language),
    agreedDelayHours: agreedDelayHours(judging.city, group.source),
    text:
      evaluatedThrough === null
        ? textOf(language, 'coverage.unknown', { sources: group.source })
        : textOf(language, 'coverage.through', {
            sources: group.source,
            through: localTimeText(evaluatedThrough),
          }),
  };
}
