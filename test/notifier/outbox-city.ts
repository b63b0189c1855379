import { Client } from 'pg';
import { saveStep } from '#store/save-step.js';
import { emptyStep, type MessageToSave } from '#store/step-to-save.js';
import { closeWriter, type Writer } from '#store/writer.js';
import type { LogRecord } from '#streams/event-log.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { AT, monitorOf, STORE } from '../store/sample-step.js';
import { BatchReader, quietLogger } from '../streams/batch-reader.js';

export const ALERTS = 'mingcha.alerts';
export const QUARANTINE = 'mingcha.quarantine';

/** A change of an alert as the monitor puts it into the outbox. */
export function alertMessage(alertId: string, kind: string, number: number): MessageToSave {
  const messageId = `${alertId}/1/${kind}/${AT}/${number}`;
  return {
    messageId,
    channel: 'alert-topic',
    key: alertId,
    notBefore: AT + number,
    payload: {
      specversion: '1.0',
      id: messageId,
      source: 'mingcha',
      type: `alert.${kind}`,
      subject: alertId,
      time: new Date(AT).toISOString(),
      datacontenttype: 'application/json',
      data: { number },
    },
  };
}

export interface OutboxRow {
  readonly message_id: string;
  readonly attempts: number;
  readonly sent_at: Date | null;
  readonly last_error: string | null;
  readonly claimed_until: Date | null;
}

/** A database with an outbox that a monitor fills, and the Postgres inbox with the outgoing topics. */
export class OutboxCity {
  private readonly readers: BatchReader[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly log: InboxEventLog,
    private readonly monitor: Writer,
    private readonly admin: Client,
  ) {}

  static async start(topics: readonly string[] = [ALERTS, QUARANTINE]): Promise<OutboxCity> {
    const database = await createDatabase(STORE);
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const log = new InboxEventLog({ database: database.url, logger: quietLogger });
    const city = new OutboxCity(database, log, monitorOf(database.url), admin);
    await city.createTopics(topics);
    return city;
  }

  async createTopics(topics: readonly string[]): Promise<void> {
    await this.log.createTopics(topics.map((topic) => ({ topic, partitions: 4 })));
  }

  /** One step of a monitor, as the only writer saves it. */
  async save(messages: readonly MessageToSave[]): Promise<void> {
    await saveStep(this.monitor, { ...emptyStep('monitor', AT), messages });
  }

  async rows(): Promise<Map<string, OutboxRow>> {
    const { rows } = await this.admin.query<OutboxRow>('select * from outbox');
    return new Map(rows.map((row) => [row.message_id, row]));
  }

  async unsent(): Promise<number> {
    return [...(await this.rows()).values()].filter((row) => row.sent_at === null).length;
  }

  /** Lets a claim or a pause run out at once. */
  async hurry(): Promise<void> {
    await this.admin.query("update outbox set claimed_until = 'epoch' where sent_at is null");
  }

  /** Records of a topic as they come in, within each key in their order. */
  read(topic: string): readonly LogRecord[] {
    const reader = new BatchReader(this.log, { topic, groupId: `reader-of-${topic}` });
    this.readers.push(reader);
    return reader.records;
  }

  async stop(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.close()));
    await this.log.close();
    await closeWriter(this.monitor);
    await this.admin.end();
    await this.database.drop();
  }
}
