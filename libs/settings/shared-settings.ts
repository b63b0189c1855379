import { existsSync } from 'node:fs';
import { isKeyName, type NoteKey, parseVerifierKey } from '#core/audit/note/note-key.js';
import { ANY_CITY, type City, readCity } from '#rulebook/city.js';
import { packFolder } from '#rulebook/load-rules.js';
import { masterKeyFrom } from '#store/writer.js';
import { type KafkaSettings, KafkaSettingsError } from '#streams/kafka/kafka-settings.js';
import { type EventLogSettings, kafkaSettingsFrom } from '#streams/open-event-log.js';
import type { EnvReader } from './env-reader.js';

// What more than one process is set with. The same variable means the same everywhere, and is refused in the same words.

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Topic that monitors read unless configured otherwise. */
export const EVENTS_TOPIC = 'mingcha.events';
export const ALERTS_TOPIC = 'mingcha.alerts';
export const QUARANTINE_TOPIC = 'mingcha.quarantine';

/** MINGCHA_LOG_LEVEL, or LOG_LEVEL, its name in earlier versions. */
export function logLevelOf(reader: EnvReader, otherwise: LogLevel = 'info'): LogLevel {
  const name = reader.given('MINGCHA_LOG_LEVEL') === null ? 'LOG_LEVEL' : 'MINGCHA_LOG_LEVEL';
  return reader.choice(name, LOG_LEVELS, otherwise);
}

export function databaseUrlOf(reader: EnvReader): string {
  const url = reader.secret('DATABASE_URL') ?? '';
  if (url === '') {
    // A file that cannot be used has been told as such.
    if (reader.given('DATABASE_URL_FILE') === null)
      reader.faults.push('DATABASE_URL is not set: give it a postgres:// address.');
  } else if (!/^postgres(ql)?:\/\//.test(url))
    reader.faults.push('DATABASE_URL is not a postgres:// address.');
  return url;
}

const LOOPBACK = '127.0.0.1';
/** Files by which Docker and Podman tell a process that it runs in a container. */
const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv'];

/**
 * The address on which a process listens: MINGCHA_HOST. No process has access control of its own, so it is loopback. In a
 * container loopback is the container's alone and no port of it could be published; there `container` means every
 * address of the container's own network, and whoever starts it publishes the ports on loopback only.
 */
export function hostOf(reader: EnvReader, marks: readonly string[] = CONTAINER_MARKS): string {
  const host = reader.text('MINGCHA_HOST', LOOPBACK);
  if (host === LOOPBACK) return LOOPBACK;
  if (host !== 'container')
    reader.faults.push(
      `MINGCHA_HOST is '${host}': there is no access control yet, so processes listen on ${LOOPBACK} only. ` +
        'Leave MINGCHA_HOST unset; to reach one from elsewhere, use a tunnel that you control. (In a container it ' +
        'takes container.)',
    );
  else if (marks.some((mark) => existsSync(mark))) return '0.0.0.0';
  else reader.faults.push('MINGCHA_HOST is container, but this is no container: leave it unset.');
  return LOOPBACK;
}

/** Name of the log: MINGCHA_LOG_ORIGIN. `advice` ends the sentence of the fault where it is not set. */
export function logOriginOf(reader: EnvReader, advice: string): string {
  const origin = reader.needed('MINGCHA_LOG_ORIGIN', advice);
  if (origin !== '' && !isKeyName(origin))
    reader.faults.push(`MINGCHA_LOG_ORIGIN is '${origin}': it has no spaces and no '+'.`);
  return origin;
}

/** Verifier keys separated by commas; at least one is needed, and those that cannot be read are faults. */
export function verifierKeysOf(reader: EnvReader, name: string, advice: string): NoteKey[] {
  return reader
    .needed(name, advice)
    .split(',')
    .flatMap((one) => {
      const text = one.trim();
      if (text === '') return [];
      return reader.attempt(name, () => [parseVerifierKey(text)], []);
    });
}

/** What a sequencer shows to its signer: at least 16 characters. `advice` ends the sentence of the fault. */
export function signerTokenOf(reader: EnvReader, advice: string): string {
  const token = reader.secret('MINGCHA_SIGNER_TOKEN') ?? '';
  if (token.length < 16)
    reader.faults.push(`MINGCHA_SIGNER_TOKEN is missing or shorter than 16 characters: ${advice}.`);
  return token;
}

/** Null: events are stored unencrypted. */
export function masterKeyOf(reader: EnvReader): Uint8Array | null {
  return reader.attempt(
    'MINGCHA_MASTER_KEY',
    () => masterKeyFrom(reader.secret('MINGCHA_MASTER_KEY') ?? undefined),
    null,
  );
}

export function cityOf(reader: EnvReader): City {
  const file = reader.given('MINGCHA_CITY');
  if (file === null) return ANY_CITY;
  return reader.attempt('MINGCHA_CITY', () => readCity(file), ANY_CITY);
}

/** Rule files and folders; each exists, what is in them is judged where they are loaded. */
export function rulePlacesOf(reader: EnvReader): readonly string[] {
  const places = reader.text('MINGCHA_RULES', packFolder('approval')).split(':');
  for (const place of places)
    if (!existsSync(place))
      reader.faults.push(
        `MINGCHA_RULES names '${place}', which does not exist: it takes rule files or folders, separated by ':'.`,
      );
  return places;
}

export function eventsTopicOf(reader: EnvReader): string {
  return reader.topic('MINGCHA_TOPIC', EVENTS_TOPIC);
}

/**
 * Which event log, and how to reach it: Kafka where EVENT_LOG says so or KAFKA_BROKERS is set, otherwise the Postgres
 * inbox in the database of DATABASE_URL. Faults of the Kafka settings are told with the names of their variables.
 */
export function eventLogOf(reader: EnvReader, clientId = 'mingcha'): EventLogSettings {
  const brokers = reader.given('KAFKA_BROKERS');
  const otherwise = brokers === null ? 'inbox' : 'kafka';
  const kind = reader.choice('EVENT_LOG', ['kafka', 'inbox'], otherwise);
  const inbox = { kind: 'inbox', database: reader.secret('DATABASE_URL') ?? '' } as const;
  if (kind === 'inbox') return inbox;
  if (brokers === null) {
    reader.faults.push(
      'KAFKA_BROKERS is not set: name host:port, or use the Postgres inbox with EVENT_LOG=inbox.',
    );
    return inbox;
  }
  reader.flag('KAFKA_TLS');
  const kafka = kafkaOf(reader, clientId);
  return kafka === null ? inbox : { kind, kafka };
}

function kafkaOf(reader: EnvReader, clientId: string): KafkaSettings | null {
  try {
    return kafkaSettingsFrom({ KAFKA_CLIENT_ID: clientId, ...withoutEmpty(reader.env) });
  } catch (error) {
    if (!(error instanceof KafkaSettingsError)) throw error;
    reader.faults.push(...error.faults);
    return null;
  }
}

function withoutEmpty(env: EnvReader['env']): EnvReader['env'] {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}
