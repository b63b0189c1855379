import type { Admin, Kafka } from 'kafkajs';
import { TopicMissingError, TopicTimeError } from './topic-admin.js';

/** One admin connection, opened when first used and opened anew after it failed. */
export class AdminSession {
  private admin: Promise<Admin> | null = null;
  private closed = false;

  constructor(private readonly kafka: Kafka) {}

  async use<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.closed) throw new Error('This event log is closed.');
    this.admin ??= this.connect();
    const admin = this.admin;
    try {
      return await work(await admin);
    } catch (error) {
      const answered = error instanceof TopicMissingError || error instanceof TopicTimeError;
      if (!answered && this.admin === admin) await this.drop();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.drop();
  }

  private async connect(): Promise<Admin> {
    const admin = this.kafka.admin({ retry: { retries: 2, initialRetryTime: 200 } });
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      await admin.disconnect().catch(() => undefined);
      throw error;
    }
  }

  private async drop(): Promise<void> {
    const admin = this.admin;
    this.admin = null;
    if (admin === null) return;
    await admin.then((open) => open.disconnect()).catch(() => undefined);
  }
}
