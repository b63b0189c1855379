import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { WaitingMessages } from './claim-messages.js';
import type { SendOutcome } from './drain-outbox.js';

/** Figures of one notifier, in Prometheus form. */
@Injectable()
export class NotifierMetrics {
  readonly registry = new Registry();
  private readonly sent = new Counter({
    name: 'mingcha_messages_sent_total',
    help: 'Messages that their receiver has',
    labelNames: ['channel'],
    registers: [this.registry],
  });
  private readonly unsent = new Counter({
    name: 'mingcha_messages_unsent_total',
    help: 'Sends that failed: the receiver was away, or refused the message',
    labelNames: ['channel', 'reason'],
    registers: [this.registry],
  });
  private readonly waiting = new Gauge({
    name: 'mingcha_outbox_waiting',
    help: 'Messages that wait in the outbox; served=false: no notifier of this version sends on that channel',
    labelNames: ['channel', 'served'],
    registers: [this.registry],
  });
  private readonly oldest = new Gauge({
    name: 'mingcha_outbox_oldest_seconds',
    help: 'How long the oldest waiting message has been due',
    labelNames: ['channel', 'served'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  countOutcome({ channel, sent, failed, refused }: SendOutcome): void {
    this.sent.inc({ channel }, sent);
    if (failed > 0) this.unsent.inc({ channel, reason: 'away' }, failed);
    if (refused > 0) this.unsent.inc({ channel, reason: 'refused' }, refused);
  }

  /** Replaces what is known of the outbox; channels that are empty now and have no notifier are forgotten. */
  setWaiting(found: readonly WaitingMessages[], served: readonly string[]): void {
    this.waiting.reset();
    this.oldest.reset();
    const empty = served
      .filter((channel) => !found.some((one) => one.channel === channel))
      .map((channel) => ({ channel, messages: 0, oldestSeconds: 0 }));
    for (const { channel, messages, oldestSeconds } of [...found, ...empty]) {
      const labels = { channel, served: String(served.includes(channel)) };
      this.waiting.set(labels, messages);
      this.oldest.set(labels, oldestSeconds);
    }
  }
}
