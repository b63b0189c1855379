import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the API counts. Labels are routes and codes, never values of a request. */
export class Metrics {
  readonly registry = new Registry();

  readonly requests = new Histogram({
    name: 'mingcha_api_request_seconds',
    help: 'Time to answer a request, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  readonly records = new Counter({
    name: 'mingcha_api_records_total',
    help: 'Records taken in by POST /v1/events, by outcome',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });

  readonly unpublished = new Counter({
    name: 'mingcha_api_unpublished_total',
    help: 'Requests with records that the event log did not take',
    registers: [this.registry],
  });

  readonly streams = new Gauge({
    name: 'mingcha_api_streams',
    help: 'Open connections to /v1/alerts/stream',
    registers: [this.registry],
  });

  readonly dropped = new Counter({
    name: 'mingcha_api_streams_dropped_total',
    help: 'Streams ended because their reader was too slow',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
