import { ANY_CITY, type City, readCity } from '#rulebook/city.js';
import { packFolder } from '#rulebook/load-rules.js';
import { masterKeyFrom } from '#store/writer.js';

/** Settings of a monitor, read from the environment once and checked; nothing else reads it. */
export interface MonitorSettings {
  readonly databaseUrl: string;
  readonly masterKey: Uint8Array | null;
  readonly eventLog: 'kafka' | 'inbox';
  readonly topic: string;
  readonly groupId: string;
  readonly rulePlaces: readonly string[];
  readonly maxRecords: number;
  readonly tickEveryMs: number;
  readonly tickLimit: number;
  readonly cacheEvents: number;
  readonly metricsPort: number;
  /** Record time instead of the clock: simulation and fault runs. */
  readonly recordTime: boolean;
  readonly city: City;
}

export class SettingsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SettingsError';
  }
}

type Env = Readonly<Record<string, string | undefined>>;

/** @throws SettingsError naming the variable, what is wrong with it, and what it takes. */
export function readSettings(env: Env): MonitorSettings {
  return {
    databaseUrl: required(env, 'DATABASE_URL', 'a postgres:// address'),
    masterKey: masterKeyFrom(env.MINGCHA_MASTER_KEY),
    eventLog: oneOf(env, 'EVENT_LOG', ['kafka', 'inbox'] as const),
    topic: env.MINGCHA_TOPIC ?? 'mingcha.events',
    groupId: env.MINGCHA_GROUP ?? 'mingcha-monitor',
    rulePlaces: (env.MINGCHA_RULES ?? packFolder('approval')).split(':'),
    maxRecords: whole(env, 'MINGCHA_BATCH', 1_000, [1, 10_000]),
    tickEveryMs: whole(env, 'MINGCHA_TICK_MS', 250, [10, 60_000]),
    tickLimit: whole(env, 'MINGCHA_TICK_LIMIT', 500, [1, 5_000]),
    cacheEvents: whole(env, 'MINGCHA_CACHE_EVENTS', 40_000, [0, 1_000_000]),
    metricsPort: whole(env, 'MINGCHA_METRICS_PORT', 0, [0, 65_535]),
    recordTime: env.MINGCHA_RECORD_TIME === 'true',
    city: cityFrom(env.MINGCHA_CITY),
  };
}

function required(env: Env, name: string, what: string): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new SettingsError(`${name} is not set: give it ${what}`);
  return value;
}

function oneOf<T extends string>(env: Env, name: string, values: readonly T[]): T {
  const value = env[name] ?? values[0];
  const found = values.find((one) => one === value);
  if (found === undefined)
    throw new SettingsError(`${name} is '${value}': it takes ${values.join(' or ')}`);
  return found;
}

function whole(env: Env, name: string, otherwise: number, [least, most]: [number, number]): number {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new SettingsError(
      `${name} is '${text}': it takes a whole number from ${least} to ${most}`,
    );
  return value;
}

function cityFrom(path: string | undefined): City {
  if (path === undefined || path === '') return ANY_CITY;
  try {
    return readCity(path);
  } catch (error) {
    throw new SettingsError(
      `MINGCHA_CITY: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
