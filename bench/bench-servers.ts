import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { migrate } from '#store/data-source.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { kafkaSettingsFrom } from '#streams/open-event-log.js';
import { CommandError, EXIT } from '../apps/cli/command.js';
import { startKafka } from '../apps/cli/env/kafka-server.js';
import { startPostgres } from '../apps/cli/env/postgres-server.js';
import type { BenchOptions } from './bench-options.js';

export const TOPIC = 'mingcha.events';
export const PARTITIONS = 4;

/** A Postgres and an event log of our own on loopback: fsync and synchronous_commit on, all migrations applied. */
export interface BenchServers {
  readonly eventLog: 'kafka' | 'inbox';
  /** Folder for logs and files; removed by `stop`. */
  readonly folder: string;
  /** The migrated database that others are copied from. */
  readonly templateUrl: string;
  /** A new database with all that `from` holds (default: the template). Nothing may be connected to that one. */
  copyDatabase(name: string, from?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Opens the event log for publishing; the inbox's records go into the database given. */
  openLog(databaseUrl: string): InboxEventLog | KafkaEventLog;
  /** Settings of a process of ours that reads this event log and writes that database. */
  envOf(databaseUrl: string): Record<string, string>;
  stop(): Promise<void>;
}

export interface ServerOptions extends Pick<BenchOptions, 'eventLog' | 'sealed'> {
  /** Postgres settings beside the usual ones. */
  readonly postgres?: Readonly<Record<string, string>>;
}

/** Starts the servers; what was started is stopped where one of them cannot be had. */
export async function startServers(options: ServerOptions): Promise<BenchServers> {
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-bench-'));
  const undo: (() => Promise<unknown>)[] = [
    async () => rmSync(folder, { recursive: true, force: true }),
  ];
  const stop = async () => {
    for (const one of undo.splice(0).reverse()) await one();
  };
  try {
    const postgres = await startPostgres({ own: true, settings: { ...options.postgres } });
    undo.push(() => postgres.stop());
    await migrate(postgres.url);
    const brokers = options.eventLog === 'kafka' ? await brokersOf(undo) : null;
    return { ...serversAt(postgres.url, brokers, options), folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function brokersOf(undo: (() => Promise<unknown>)[]): Promise<readonly string[]> {
  const kafka = await startKafka({ own: true });
  if (kafka.kind === 'unavailable')
    throw new CommandError(
      `Kafka cannot be started (${kafka.missing}: ${kafka.detail}); measure with --event-log inbox instead`,
      EXIT.unreachable,
    );
  undo.push(() => kafka.stop());
  return kafka.brokers;
}

function serversAt(
  templateUrl: string,
  brokers: readonly string[] | null,
  { sealed }: ServerOptions,
): Omit<BenchServers, 'folder' | 'stop'> {
  const urlOf = (name: string) => templateUrl.replace(/\/mingcha$/, `/${name}`);
  const onServer = (sql: string) => withClient(urlOf('postgres'), (client) => client.query(sql));
  const kafkaEnv: Record<string, string> =
    brokers === null ? {} : { KAFKA_BROKERS: brokers.join(',') };
  return {
    eventLog: brokers === null ? 'inbox' : 'kafka',
    templateUrl,
    copyDatabase: async (name, from = 'mingcha') => {
      await onServer(`create database ${name} template ${from} strategy file_copy`);
      return urlOf(name);
    },
    dropDatabase: async (name) => {
      await onServer(`drop database if exists ${name} with (force)`);
    },
    openLog: (databaseUrl) => {
      const logger = pino({ level: 'warn' }, pino.destination(2));
      return brokers === null
        ? new InboxEventLog({ database: databaseUrl, logger })
        : new KafkaEventLog({ settings: kafkaSettingsFrom(kafkaEnv), logger });
    },
    envOf: (databaseUrl) => ({
      ...kafkaEnv,
      DATABASE_URL: databaseUrl,
      EVENT_LOG: brokers === null ? 'inbox' : 'kafka',
      MINGCHA_MASTER_KEY: sealed ? '07'.repeat(32) : '',
      LOG_LEVEL: 'info',
    }),
  };
}

/** One connection for as long as the work takes. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
