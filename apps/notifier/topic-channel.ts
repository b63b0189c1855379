import type { ClaimedMessage } from '#store/outbox.js';
import { type EventLog, type OutgoingRecord, RecordRefused } from '#streams/event-log.js';
import { type Channel, MessageRefused } from './channel.js';

/** Header that carries the message id: the same message, sent twice, has the same. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** How a payload becomes a record of the topic. */
export type RecordForm = (message: ClaimedMessage) => OutgoingRecord;

/** A CloudEvent in structured mode; its id is the message id. */
export const cloudEventForm: RecordForm = ({ messageId, key, payload }) => ({
  key,
  value: Buffer.from(JSON.stringify({ ...(payload as object), id: messageId })),
  headers: { 'content-type': 'application/cloudevents+json', [IDEMPOTENCY_KEY]: messageId },
});

/** A plain JSON record: the quarantined record's place, its reason and the digest of its bytes. */
export const jsonForm: RecordForm = ({ messageId, key, payload }) => ({
  key,
  value: Buffer.from(JSON.stringify(payload)),
  headers: { 'content-type': 'application/json', [IDEMPOTENCY_KEY]: messageId },
});

/** Messages to a topic of the event log, keyed as the outbox says; messages of one key keep their order. */
export class TopicChannel implements Channel {
  private found = false;

  constructor(
    readonly name: string,
    private readonly log: EventLog,
    private readonly to: { readonly topic: string; readonly form: RecordForm },
  ) {}

  async send(messages: readonly ClaimedMessage[]): Promise<void> {
    const { topic, form } = this.to;
    if (!this.found) {
      // Says at once, and clearly, that the topic is missing; publishing would try for half a minute.
      await this.log.partitions(topic);
      this.found = true;
    }
    try {
      await this.log.publish(topic, messages.map(form));
    } catch (error) {
      if (error instanceof RecordRefused) throw new MessageRefused(error.message, error);
      this.found = false;
      throw error;
    }
  }
}
