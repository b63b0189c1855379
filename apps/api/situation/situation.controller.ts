import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { loadCoverage } from '#store/known-facts.js';
import { groupLanes } from '../coverage/group-lanes.js';
import { sourcesMark, sourcesSentence } from '../coverage/source-state.js';
import { sourcesOnChange } from '../coverage/sources-on-change.js';
import { InLanguage, type Language } from '../language/language.js';
import { instantText, localDateText } from '../language/texts.js';
import { judgingTime } from '../law/judging-time.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { type Query as QueryOf, QueryReader } from '../query/query-reader.js';
import { Resources } from '../server/resources.js';
import { alertDays, alertMatrix, dayAfter, firstDayOf } from './charts.js';
import { CARDS, countFigures, figuresOf, TOLD } from './figures.js';
import { overdueRules } from './overdue-rules.js';
import { PERIODS, type Period, SituationDto } from './situation.dto.js';

@ApiTags('situation')
@Controller('v1/situation')
export class SituationController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Get()
  @ApiOperation({
    operationId: 'getSituation',
    summary: 'Figures with their bases and the lists that they count, alerts by day and by rule',
  })
  @ApiQuery({
    name: 'period',
    required: false,
    enum: PERIODS,
    description: 'What `days` and `matrix` reach back to; default year',
  })
  @ApiOkResponse({ type: SituationDto })
  @ApiProblems(400, 503)
  async get(@Query() query: QueryOf, @InLanguage() language: Language): Promise<SituationDto> {
    const reader = new QueryReader(query);
    const period = reader.choice('period', PERIODS) ?? 'year';
    reader.done();
    return this.situation(period, language);
  }

  private async situation(period: Period, language: Language): Promise<SituationDto> {
    const { database, law, settings } = this.resources;
    const { source } = database;
    const { city } = settings;
    const { asOf, readThrough, stale } = await judgingTime(this.resources);
    const today = localDateText(asOf);
    const from = firstDayOf(period, today);
    // Where partitions are read unevenly, some have alerts of days that others have not come to.
    const tomorrow = dayAfter(today);
    const counted = { level: CARDS, state: TOLD, since: from, until: tomorrow };
    const texts = { rules: law.rules, city, language };
    const sources = groupLanes(await loadCoverage(database.pool));
    const judging = { city, asOf, onChange: await sourcesOnChange(database.pool, city) };
    const coverageText = sourcesMark(sources, judging, language);
    const figures = figuresOf({ today, tomorrow }, overdueRules(law.rules));
    const [counts, days, matrix] = await Promise.all([
      countFigures(source, figures, { coverageText, language }),
      alertDays(source, counted),
      alertMatrix(source, counted, texts),
    ]);
    return {
      asOf: instantText(asOf),
      today,
      readThrough: instantText(readThrough),
      stale,
      coverageText: sourcesSentence(sources, judging, language),
      period,
      from,
      figures: counts,
      held: counts.find(({ name }) => name === 'held')?.value ?? 0,
      query: counted,
      days,
      matrix,
    };
  }
}
