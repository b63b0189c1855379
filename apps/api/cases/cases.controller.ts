import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { InLanguage, type Language } from '../language/language.js';
import { ApiProblem } from '../problem/api-problem.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { Resources } from '../server/resources.js';
import { CaseDto } from './case.dto.js';
import { explainCase } from './explain-case.js';

const MAX_CASE_ID = 500;

@ApiTags('cases')
@Controller('v1/cases')
export class CasesController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

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
  @ApiOkResponse({ type: CaseDto })
  @ApiProblems(404, 503)
  async one(@Param('caseId') caseId: string, @InLanguage() language: Language): Promise<CaseDto> {
    const isId = caseId.length <= MAX_CASE_ID && !caseId.includes('\u0000');
    const found = isId ? await explainCase(this.resources, caseId, language) : null;
    if (found === null) throw new ApiProblem('no-such-case');
    return found;
  }
}
