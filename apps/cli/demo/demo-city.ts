import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { ALERTS_TOPIC, EVENTS_TOPIC, QUARANTINE_TOPIC } from '#settings/shared-settings.js';
import { citySettings } from '#simulator/city-settings.js';
import type { SimulateOptions } from '#simulator/simulate.js';
import { migrate } from '#store/data-source.js';
import type { EventLog } from '#streams/event-log.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { kafkaSettingsFrom } from '#streams/open-event-log.js';
import { CommandError, EXIT } from '../command.js';
import { startKafka } from '../env/kafka-server.js';
import { startPostgres } from '../env/postgres-server.js';

export const TOPIC = EVENTS_TOPIC;
const PARTITIONS = 4;

/** Servers, topics and configuration of one demo; several can run side by side. */
export interface DemoCity {
  readonly eventLog: 'kafka' | 'inbox';
  readonly databaseUrl: string;
  readonly partitions: number;
  readonly log: EventLog;
  /** Settings that every process of the demo gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder for logs and configuration; removed by `stop`. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts Postgres and Kafka (or, where Kafka cannot be had or is not wanted, the Postgres inbox) and prepares both. */
export async function startDemoCity(
  wanted: 'kafka' | 'inbox' | 'best',
  options: SimulateOptions,
): Promise<DemoCity> {
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-demo-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  // However this process ends; the servers' own folders are removed by their guards.
  process.once('exit', removeFolder);
  const undo: (() => Promise<unknown>)[] = [
    async () => {
      process.off('exit', removeFolder);
      removeFolder();
    },
  ];
  const stop = async () => {
    for (const one of undo.reverse()) await one();
  };
  try {
    const postgres = await startPostgres();
    undo.push(() => postgres.stop());
    const brokers = await brokersFor(wanted, undo);
    await migrate(postgres.url);
    const cityFile = join(folder, 'city.yaml');
    writeFileSync(cityFile, stringify(citySettings(options)));
    const eventLog = brokers === null ? 'inbox' : 'kafka';
    const env = {
      DATABASE_URL: postgres.url,
      EVENT_LOG: eventLog,
      MINGCHA_CITY: cityFile,
      MINGCHA_RECORD_TIME: 'true',
      ...(brokers === null ? {} : { KAFKA_BROKERS: brokers.join(',') }),
    };
    const log = await prepareLog(env, eventLog);
    undo.push(() => log.close());
    return { eventLog, databaseUrl: postgres.url, partitions: PARTITIONS, log, env, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function brokersFor(
  wanted: 'kafka' | 'inbox' | 'best',
  undo: (() => Promise<unknown>)[],
): Promise<readonly string[] | null> {
  if (wanted === 'inbox') return null;
  const kafka = await startKafka();
  if (kafka.kind === 'running') {
    undo.push(() => kafka.stop());
    return kafka.brokers;
  }
  if (wanted === 'kafka')
    throw new CommandError(
      `Kafka cannot be started (${kafka.missing}: ${kafka.detail}); set KAFKA_BROKERS, or use --event-log inbox`,
      EXIT.unreachable,
    );
  process.stderr.write(
    `Kafka cannot be had here (${kafka.missing}); the Postgres inbox takes its place\n`,
  );
  return null;
}

async function prepareLog(
  env: Readonly<Record<string, string>>,
  kind: 'kafka' | 'inbox',
): Promise<EventLog> {
  const logger = pino({ level: 'warn' }, pino.destination(2));
  const topics = [TOPIC, ALERTS_TOPIC, QUARANTINE_TOPIC].map((topic) => ({
    topic,
    partitions: PARTITIONS,
  }));
  if (kind === 'inbox') {
    const log = new InboxEventLog({ database: env.DATABASE_URL ?? '', logger });
    await log.createTopics(topics);
    return log;
  }
  const log = new KafkaEventLog({ settings: kafkaSettingsFrom(env), logger });
  await log.createTopics(topics);
  return log;
}
