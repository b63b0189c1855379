import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { citySettings } from '#simulator/city-settings.js';
import type { SimulateOptions } from '#simulator/simulate.js';
import { migrate } from '#store/data-source.js';
import type { EventLog } from '#streams/event-log.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { kafkaSettingsFrom } from '#streams/open-event-log.js';
import {
  type KafkaOptions,
  type KafkaServer,
  startKafka,
} from '../../apps/cli/env/kafka-server.js';
import {
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from '../../apps/cli/env/postgres-server.js';

/** Servers of our own, which a run may kill. */
export interface Site {
  readonly postgres: PostgresServer;
  /** Null where the event log is the inbox in Postgres. */
  readonly kafka: KafkaServer | null;
  /** Configuration and logs of everything that runs here. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** A fresh database and topic on a site: what one run starts from. */
export interface Stage {
  readonly name: string;
  readonly databaseUrl: string;
  readonly topic: string;
  readonly partitions: number;
  readonly log: EventLog;
  /** Settings of the monitors that work here. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  close(): Promise<void>;
}

/** Starts Postgres and, where wanted, Kafka. Throws where Kafka is wanted and cannot be had. */
export async function openSite(
  eventLog: 'kafka' | 'inbox',
  disks: { readonly postgres?: PostgresOptions; readonly kafka?: KafkaOptions } = {},
): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-faults-'));
  const postgres = await startPostgres({ ...disks.postgres, own: true });
  let kafka: KafkaServer | null = null;
  const stop = async () => {
    await kafka?.stop();
    await postgres.stop();
    if (process.env.MINGCHA_KEEP_LOGS !== 'true') rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (eventLog === 'kafka') {
      const started = await startKafka({ ...disks.kafka, own: true });
      if (started.kind === 'unavailable')
        throw new Error(`no Kafka to test with (${started.missing}): ${started.detail}`);
      kafka = started;
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { postgres, kafka, folder, stop };
}

export interface StageOptions {
  readonly name: string;
  readonly partitions: number;
  readonly city: SimulateOptions;
  /** Tablespace of the database; the server's default where absent. */
  readonly tablespace?: string;
}

export async function openStage(
  site: Site,
  { name, partitions, city, tablespace = 'pg_default' }: StageOptions,
): Promise<Stage> {
  const databaseUrl = await createDatabase(site.postgres.url, `mingcha_${name}`, tablespace);
  await migrate(databaseUrl);
  const folder = join(site.folder, name);
  mkdirSync(folder, { recursive: true });
  const cityFile = join(folder, 'city.yaml');
  writeFileSync(cityFile, stringify(citySettings(city)));
  const topic = `mingcha.events.${name}`;
  const env = {
    DATABASE_URL: databaseUrl,
    EVENT_LOG: site.kafka === null ? 'inbox' : 'kafka',
    MINGCHA_TOPIC: topic,
    MINGCHA_GROUP: `monitors-${name}`,
    MINGCHA_CITY: cityFile,
    MINGCHA_RECORD_TIME: 'true',
    ...(site.kafka === null ? {} : { KAFKA_BROKERS: site.kafka.brokers.join(',') }),
  };
  const logger = pino({ level: 'fatal' }, pino.destination(2));
  const log =
    site.kafka === null
      ? new InboxEventLog({ database: databaseUrl, logger })
      : new KafkaEventLog({ settings: kafkaSettingsFrom(env), logger });
  await log.createTopics([{ topic, partitions }]);
  return { name, databaseUrl, topic, partitions, log, env, folder, close: () => log.close() };
}

async function createDatabase(
  serverUrl: string,
  name: string,
  tablespace: string,
): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`create database ${name} tablespace ${tablespace}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
