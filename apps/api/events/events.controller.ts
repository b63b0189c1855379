import { Controller, Header, HttpCode, Inject, Post, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { InLanguage, type Language } from '../language/language.js';
import { ApiProblems } from '../problem/problem-responses.js';
import { Resources } from '../server/resources.js';
import { CloudEventDto, TakenDto } from './events.dto.js';
import { readRecords } from './read-records.js';
import { judgeRecord, publishAll } from './take-records.js';

const EVENT = { $ref: getSchemaPath(CloudEventDto) };
const BATCH = { type: 'array', items: EVENT, maxItems: 1000 };

@ApiTags('events')
@ApiExtraModels(CloudEventDto)
@Controller('v1/events')
export class EventsController {
  constructor(@Inject(Resources) private readonly resources: Resources) {}

  @Post()
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'postEvents',
    summary: 'Take in one event or a batch',
    description:
      'CloudEvents 1.0: structured, batch (or a plain JSON array), or binary with ce- headers. Every record is written to ' +
      'the event log, whatever its outcome; the answer comes once that is durable. Heartbeats and reference facts ' +
      '(feed.*, catalog.*, org.*, calendar.*) are written to every partition, with one outcome each. At most 5 MiB and 1,000 records. ' +
      'After 503 an unknown part was written: send the same again, duplicates have no effect.',
  })
  @ApiConsumes(
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'application/json',
  )
  @ApiBody({ schema: { oneOf: [EVENT, BATCH] } })
  @ApiResponse({ status: 202, type: TakenDto })
  @ApiProblems(400, 413, 415, 503)
  async post(@Req() request: FastifyRequest, @InLanguage() language: Language): Promise<TakenDto> {
    const { decoder, eventLog, settings, metrics } = this.resources;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const records = readRecords(request.headers, body);
    const receivedAt = Date.now();
    const judged = records.map((record, index) =>
      judgeRecord(record, { index, receivedAt, language }, decoder),
    );
    try {
      await publishAll(eventLog, settings.topic, judged);
    } catch (error) {
      metrics.unpublished.inc();
      throw error;
    }
    const outcomes = judged.map(({ outcome }) => outcome);
    const accepted = outcomes.filter(({ outcome }) => outcome === 'accepted').length;
    const quarantined = outcomes.length - accepted;
    metrics.records.inc({ outcome: 'accepted' }, accepted);
    metrics.records.inc({ outcome: 'quarantined' }, quarantined);
    return { records: outcomes.length, accepted, quarantined, outcomes };
  }
}
