import 'reflect-metadata';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import type { Env } from '#settings/env-reader.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { createApp } from '../../apps/api/server/create-app.js';
import { Resources } from '../../apps/api/server/resources.js';
import { readSettings } from '../../apps/api/settings.js';
import { MASTER_KEY, STORE } from '../store/sample-step.js';

export const TOPIC = 'mingcha.events';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Bodies are checked against the OpenAPI document; tests look into them freely.
  readonly body: never;
  readonly text: string;
}

/** The API on a database of its own, over real HTTP, with the Postgres inbox as its event log. */
export class ApiServer {
  private constructor(
    readonly database: TestDatabase,
    readonly resources: Resources,
    readonly app: NestFastifyApplication,
    readonly logged: string[],
  ) {}

  static async start(changes: Env = {}): Promise<ApiServer> {
    const database = await createDatabase(STORE);
    const settings = readSettings({
      DATABASE_URL: database.url,
      EVENT_LOG: 'inbox',
      MINGCHA_API_PORT: '0',
      MINGCHA_METRICS_PORT: '0',
      MINGCHA_MASTER_KEY: MASTER_KEY.toString('hex'),
      MINGCHA_RULES: join(import.meta.dirname, 'rules'),
      MINGCHA_LOG_LEVEL: 'debug',
      ...changes,
    });
    const logged: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) });
    const resources = new Resources(settings, logger);
    await resources.open();
    const app = await createApp(resources);
    await app.listen(settings.port, settings.host);
    const log = new InboxEventLog({ database: database.url, logger });
    await log.createTopics([{ topic: TOPIC, partitions: 4 }]);
    await log.close();
    return new ApiServer(database, resources, app, logged);
  }

  get origin(): string {
    const { port } = this.app.getHttpServer().address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return answerOf(await fetch(this.origin + path, { headers }));
  }

  async post(
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = { 'content-type': 'application/cloudevents+json' },
  ): Promise<Answer> {
    return answerOf(await fetch(`${this.origin}/v1/events`, { method: 'POST', body, headers }));
  }

  /** A request whose path is sent exactly as given. */
  async raw(method: string, path: string): Promise<{ status: number; type: string }> {
    const { port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const sent = httpRequest({ host: '127.0.0.1', port, path, method }, (response) => {
        response.resume();
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: String(response.headers['content-type']),
          }),
        );
      });
      sent.once('error', reject);
      sent.end();
    });
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.resources.close();
    await this.database.drop();
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : null) as never,
    text,
  };
}
