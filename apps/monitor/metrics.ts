import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { BatchOutcome } from './handle-batch.js';
import type { TickOutcome } from './tick-due.js';

/** Figures of one monitor, in Prometheus form. */
@Injectable()
export class MonitorMetrics {
  readonly registry = new Registry();
  private readonly events = this.counter('mingcha_events_total', 'Records saved, by outcome', [
    'outcome',
  ]);
  private readonly changes = this.counter(
    'mingcha_finding_changes_total',
    'Changes of findings',
    [],
  );
  private readonly alerts = this.counter('mingcha_alert_changes_total', 'Changes of alerts', []);
  private readonly ticked = this.counter(
    'mingcha_ticked_cases_total',
    'Cases brought forward by ticks',
    [],
  );
  readonly failures = this.counter(
    'mingcha_failures_total',
    'Batches and ticks that were tried again',
    ['in'],
  );
  private readonly batchSeconds = new Histogram({
    name: 'mingcha_batch_seconds',
    help: 'From a batch to its commit',
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [this.registry],
  });
  private readonly tickSeconds = new Histogram({
    name: 'mingcha_tick_seconds',
    help: 'Time of a tick that found something due',
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  private counter<T extends string>(name: string, help: string, labelNames: T[]): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  countBatch(outcome: BatchOutcome, seconds: number): void {
    this.events.inc({ outcome: 'accepted' }, outcome.events - outcome.duplicates);
    this.events.inc({ outcome: 'duplicate' }, outcome.duplicates);
    this.events.inc({ outcome: 'quarantined' }, outcome.rejected);
    this.changes.inc(outcome.changes);
    this.alerts.inc(outcome.alerts);
    this.batchSeconds.observe(seconds);
  }

  countTick(outcome: TickOutcome, seconds: number): void {
    this.ticked.inc(outcome.cases);
    this.changes.inc(outcome.changes);
    this.alerts.inc(outcome.alerts);
    this.tickSeconds.observe(seconds);
  }
}
