import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ALARMS, type Alarms } from './alarms.js';

/** Figures of one sequencer, in Prometheus form. */
@Injectable()
export class SequencerMetrics {
  readonly registry = new Registry();
  readonly leaves = new Counter({
    name: 'mingcha_audit_leaves_total',
    help: 'Records that were given their place in the audit tree by this process',
    registers: [this.registry],
  });
  readonly batch = new Histogram({
    name: 'mingcha_audit_batch_seconds',
    help: 'Time of one transaction that gives records their places',
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });
  readonly checkpoint = new Histogram({
    name: 'mingcha_audit_checkpoint_seconds',
    help: 'Time from asking the signer until the checkpoint is stored',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });
  readonly working = this.gauge(
    'mingcha_sequencer_working',
    '1: this process grows the tree; 0: another one does',
  );
  readonly size = this.gauge('mingcha_audit_tree_size', 'Leaves of the audit tree');
  readonly signedSize = this.gauge(
    'mingcha_audit_signed_size',
    'Leaves of the last checkpoint, complete or not',
  );
  readonly completeSize = this.gauge(
    'mingcha_audit_complete_size',
    'Leaves of the last checkpoint with enough cosignatures',
  );
  readonly lag = this.gauge(
    'mingcha_audit_lag_seconds',
    'Age, at most, of the oldest record without a place in the tree',
  );
  private readonly alarm = new Gauge({
    name: 'mingcha_audit_alarm',
    help: '1: the alarm is open',
    labelNames: ['alarm'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Figures with the alarms as they are now. */
  async text(alarms: Alarms): Promise<string> {
    const open = new Set(alarms.list().map(({ alarm }) => alarm));
    for (const alarm of ALARMS) this.alarm.set({ alarm }, open.has(alarm) ? 1 : 0);
    return this.registry.metrics();
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }
}
