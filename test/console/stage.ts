import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { citySettings } from '#simulator/city-settings.js';
import type { SimulatedRecord } from '#simulator/simulate.js';
import { migrate } from '#store/data-source.js';
import type { EventLog } from '#streams/event-log.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { kafkaSettingsFrom } from '#streams/open-event-log.js';
import { createDatabase, type DatabaseTemplate } from '#test/env/database.js';
import { publishSimulation } from '../../apps/cli/demo/publish-simulation.js';
import { readStanding, withDatabase } from '../../apps/cli/demo/read-outcome.js';
import { freePorts } from '../../apps/cli/env/free-port.js';
import { type BuiltApp, startBuilt } from '../faults/built-app.js';
import { streamOf } from '../faults/stream.js';
import { CITY } from './city.js';
import type { Language } from './words.js';

const PARTITIONS = 4;
const CITY_TOPIC = 'mingcha.events';
const SETTLED_WITHIN_MS = 120_000;

/** A city on the stage: its database, its event log, the built monitor, and the built API that serves the console. */
export interface Stage {
  readonly origin: string;
  readonly client: Client;
  /** What the API answers to a GET. */
  ask<T>(path: string, language?: Language): Promise<T>;
  /** Sends records through the event log and waits until the monitor has judged them. */
  tell(records: readonly SimulatedRecord[]): Promise<void>;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** What the database holds from the start; a city that was judged already, unless told otherwise. */
  readonly template?: DatabaseTemplate;
  readonly eventLog?: 'kafka' | 'inbox';
  /** False: nothing is judged any more; the pages only read. */
  readonly judging?: boolean;
  /** False: the sources are not those of the simulated city. */
  readonly city?: boolean;
}

type Env = Record<string, string>;

/** Settings of every program on the stage: its own database, topic and folder. */
function settingsOf(folder: string, databaseUrl: string, topic: string): Env {
  const cityFile = join(folder, 'city.yaml');
  writeFileSync(cityFile, stringify(citySettings(CITY)));
  return {
    DATABASE_URL: databaseUrl,
    EVENT_LOG: 'inbox',
    MINGCHA_TOPIC: topic,
    MINGCHA_GROUP: topic,
    MINGCHA_CITY: cityFile,
    MINGCHA_RECORD_TIME: 'true',
    MINGCHA_TICK_MS: '50',
  };
}

const logger = pino({ level: 'fatal' }, pino.destination(2));

async function settled(databaseUrl: string, topic: string, until: number): Promise<void> {
  const giveUpAt = Date.now() + SETTLED_WITHIN_MS;
  await withDatabase(databaseUrl, async (client) => {
    for (;;) {
      const standing = await readStanding(client, topic, PARTITIONS);
      const through = standing.readThrough;
      const isJudged = through !== null && through >= until && standing.due === 0;
      if (isJudged && standing.releasable === 0) return;
      if (Date.now() > giveUpAt) throw new Error(`not judged in time: ${JSON.stringify(standing)}`);
      await wait(50);
    }
  });
}

/** The simulated city, published through the inbox and judged by a monitor to its end; made once per server. */
export const JUDGED_CITY: DatabaseTemplate = {
  name: 'console_city',
  prepare: async (url) => {
    await migrate(url);
    const folder = mkdtempSync(join(tmpdir(), 'mingcha-console-city-'));
    const log = new InboxEventLog({ database: url, logger });
    let monitor: BuiltApp | null = null;
    try {
      await log.createTopics([{ topic: CITY_TOPIC, partitions: PARTITIONS }]);
      monitor = startBuilt('monitor', settingsOf(folder, url, CITY_TOPIC), join(folder, 'log'));
      const { lastReceivedAt } = await publishSimulation(log, streamOf(CITY), {
        topic: CITY_TOPIC,
        partitions: PARTITIONS,
      });
      await settled(url, CITY_TOPIC, lastReceivedAt);
    } finally {
      await monitor?.stop();
      await log.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function openLog(env: Env, wanted: 'kafka' | 'inbox'): Promise<EventLog> {
  const topics = [{ topic: env.MINGCHA_TOPIC ?? '', partitions: PARTITIONS }];
  const log =
    wanted === 'kafka'
      ? new KafkaEventLog({ settings: kafkaSettingsFrom(env), logger })
      : new InboxEventLog({ database: env.DATABASE_URL ?? '', logger });
  await log.createTopics(topics);
  return log;
}

/**
 * Starts one. With Kafka the city's past came through the inbox, and what comes now comes through a topic of the stage's
 * own; where there is no Kafka the inbox takes its place.
 */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const { template = JUDGED_CITY, judging = true } = options;
  const kafka = process.env.KAFKA_BROKERS;
  const wanted = options.eventLog === 'kafka' && kafka !== undefined ? 'kafka' : 'inbox';
  const database = await createDatabase(template);
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-console-'));
  const topic = wanted === 'kafka' ? `console-${process.pid}-${Date.now()}` : CITY_TOPIC;
  const env = settingsOf(folder, database.url, topic);
  env.EVENT_LOG = wanted;
  if (options.city === false) delete env.MINGCHA_CITY;
  if (wanted === 'kafka') env.KAFKA_BROKERS = kafka ?? '';
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const log = await openLog(env, wanted);
  const [port, metrics] = await freePorts(2);
  const origin = `http://127.0.0.1:${port}`;
  const ports = { MINGCHA_API_PORT: String(port), MINGCHA_METRICS_PORT: String(metrics) };
  const apps = [startBuilt('api', { ...env, ...ports }, join(folder, 'api.log'))];
  if (judging) apps.push(startBuilt('monitor', env, join(folder, 'monitor.log')));
  const stop = async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await log.close();
    await client.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answering(`${origin}/health`, join(folder, 'api.log'));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origin,
    client,
    ask: async (path, language = 'zh') => {
      const answer = await fetch(origin + path, { headers: { 'accept-language': language } });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as never;
    },
    tell: async (records) => {
      const sent = await publishSimulation(log, records, { topic, partitions: PARTITIONS });
      await settled(database.url, topic, sent.lastReceivedAt);
    },
    stop,
  };
}

async function answering(url: string, logFile: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if ((await fetch(url).catch(() => null)) !== null) return;
    await wait(100);
  }
  throw new Error(`${url} does not answer\n${readFileSync(logFile, 'utf8')}`);
}
