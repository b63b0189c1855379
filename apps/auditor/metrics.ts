import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Figures of one auditor, in Prometheus form. */
@Injectable()
export class AuditorMetrics {
  readonly registry = new Registry();
  readonly verified = this.gauge(
    'verified_size',
    'Records of the log that were judged as they came in',
  );
  readonly rechecked = this.gauge(
    'recheck_size',
    'Records that the present judgement of the whole trail has come to',
  );
  readonly recheckEnded = this.gauge(
    'recheck_ended_seconds',
    'When the whole trail was last judged, seconds since 1970',
  );
  readonly waiting = this.gauge('waiting_records', 'Records that have no place in the log yet');
  readonly oldestWaiting = this.gauge(
    'oldest_waiting_seconds',
    'Age of the oldest record without a place in the log',
  );
  readonly signed = this.gauge(
    'signed_size',
    'Records of the log that the largest complete checkpoint covers',
  );
  readonly unsigned = this.gauge(
    'unsigned_seconds',
    'How long records of the log had waited for a complete checkpoint when last looked at',
  );
  readonly untold = this.gauge(
    'findings_untold',
    'Faults of which audit.broken could not be published yet',
  );
  readonly open = new Gauge({
    name: 'mingcha_audit_findings_open',
    help: 'Faults of the audit trail that the last judgement found; anything but 0 is an alarm',
    labelNames: ['kind'],
    registers: [this.registry],
  });
  readonly found = new Counter({
    name: 'mingcha_audit_findings_total',
    help: 'Different faults found since the auditor was started',
    labelNames: ['kind'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `mingcha_audit_${name}`, help, registers: [this.registry] });
  }
}
