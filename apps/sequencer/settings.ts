import { type NoteKey, parseVerifierKey } from '#core/audit/note/note-key.js';
import { type Env, type EnvReader, readEnvironment } from '#settings/env-reader.js';
import {
  databaseUrlOf,
  hostOf,
  type LogLevel,
  logLevelOf,
  logOriginOf,
  signerTokenOf,
  verifierKeysOf,
} from '#settings/shared-settings.js';
import type { WitnessAt } from './checkpointer.js';

/** Settings of a sequencer, read from the environment once and checked; nothing else reads it. */
export interface SequencerSettings {
  readonly databaseUrl: string;
  /** Name of the log. */
  readonly origin: string;
  /** Verifier keys of the log; two while its key is being changed. */
  readonly logKeys: readonly NoteKey[];
  readonly signerUrl: string;
  readonly signerToken: string;
  readonly witnesses: readonly WitnessAt[];
  /** Witnesses that have to cosign. */
  readonly quorum: number;
  /** Pause between two looks for new records, ms. */
  readonly sequenceMs: number;
  /** Records that one transaction gives their places. */
  readonly batch: number;
  /** Least time between two checkpoints, ms. */
  readonly checkpointMs: number;
  /** Time between two commitments of the index of entity chains, ms; 0: only when one is asked for. */
  readonly indexMs: number;
  /** Timestamp authority (RFC 3161); null: checkpoints are not timestamped. */
  readonly timestamps: {
    readonly url: string;
    readonly digest: 'sha256' | 'sm3';
    readonly everyMs: number;
  } | null;
  /** How long a record may wait for its place before it is an alarm, ms. */
  readonly lagMs: number;
  readonly host: string;
  /** 0: any free port. */
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
}

/** @throws SettingsError with every fault found. */
export function readSettings(env: Env): SequencerSettings {
  return readEnvironment('The sequencer', env, (reader) => {
    const origin = logOriginOf(reader, 'name the log, as the signer does');
    const witnesses = witnessesOf(reader);
    const quorum = reader.whole('MINGCHA_WITNESS_QUORUM', witnesses.length, [0, 20]);
    if (quorum > witnesses.length)
      reader.faults.push(
        `MINGCHA_WITNESS_QUORUM is ${quorum}, but MINGCHA_WITNESSES names ${witnesses.length}: no checkpoint could be complete.`,
      );
    return {
      databaseUrl: databaseUrlOf(reader),
      origin,
      logKeys: logKeysOf(reader, origin),
      signerUrl: urlOf(
        reader,
        'MINGCHA_SIGNER_URL',
        reader.needed('MINGCHA_SIGNER_URL', 'give the signer’s address'),
      ),
      signerToken: signerTokenOf(reader, 'it is the one that the signer has'),
      witnesses,
      quorum,
      sequenceMs: reader.whole('MINGCHA_SEQUENCE_MS', 250, [10, 10_000]),
      batch: reader.whole('MINGCHA_SEQUENCE_BATCH', 20_000, [1, 200_000]),
      checkpointMs: reader.whole('MINGCHA_CHECKPOINT_MS', 750, [10, 600_000]),
      indexMs: reader.whole('MINGCHA_INDEX_S', 3_600, [0, 86_400]) * 1_000,
      timestamps: timestampsOf(reader),
      lagMs: reader.whole('MINGCHA_LAG_ALARM_S', 60, [1, 86_400]) * 1_000,
      host: hostOf(reader),
      metricsPort: reader.port('MINGCHA_METRICS_PORT', 0),
      logLevel: logLevelOf(reader),
    };
  });
}

function timestampsOf(reader: EnvReader): SequencerSettings['timestamps'] {
  const digest = reader.choice('MINGCHA_TSA_DIGEST', ['sha256', 'sm3'], 'sha256');
  const everyMs = reader.whole('MINGCHA_TSA_EVERY_S', 3_600, [1, 604_800]) * 1_000;
  const url = reader.given('MINGCHA_TSA_URL');
  return url === null ? null : { url: urlOf(reader, 'MINGCHA_TSA_URL', url), digest, everyMs };
}

function urlOf(reader: EnvReader, name: string, text: string): string {
  if (text !== '' && !/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    reader.faults.push(
      `${name} is '${text}': it takes an address that begins with http:// or https://.`,
    );
  return text;
}

/** Verifier keys separated by commas, all bearing the log's name. */
function logKeysOf(reader: EnvReader, origin: string): NoteKey[] {
  const keys = verifierKeysOf(
    reader,
    'MINGCHA_LOG_KEYS',
    'give the verifier key that mingcha admin make-key printed',
  );
  for (const { name, type } of keys)
    if (type !== 1 || (origin !== '' && name !== origin))
      reader.faults.push(
        `MINGCHA_LOG_KEYS names a key of '${name}' that is none of the log '${origin}'.`,
      );
  return keys;
}

/** `vkey@url`, separated by commas; a key once, whatever its name and address. */
function witnessesOf(reader: EnvReader): WitnessAt[] {
  const seen = new Set<string>();
  return (reader.given('MINGCHA_WITNESSES') ?? '').split(',').flatMap((one) => {
    const text = one.trim();
    if (text === '') return [];
    const at = text.lastIndexOf('@');
    const key = reader.attempt(
      'MINGCHA_WITNESSES',
      () => parseVerifierKey(text.slice(0, at)),
      null,
    );
    const url = urlOf(reader, 'MINGCHA_WITNESSES', text.slice(at + 1));
    if (key?.type === 1)
      reader.faults.push(
        `MINGCHA_WITNESSES names a key of '${key.name}' that is a log's, not a witness's.`,
      );
    if (key === null) return [];
    const publicKey = Buffer.from(key.publicKey).toString('hex');
    if (seen.has(publicKey))
      reader.faults.push(
        `MINGCHA_WITNESSES names the key of '${key.name}' twice: one witness would count as two.`,
      );
    seen.add(publicKey);
    return [{ key, url }];
  });
}
