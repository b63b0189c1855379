import { readKeyFile, type SigningKey } from '#audit-keys/key-file.js';
import { readSm2KeyFile, type Sm2Key } from '#audit-keys/sm2.js';
import { type Env, type EnvReader, readEnvironment } from '#settings/env-reader.js';
import {
  hostOf,
  type LogLevel,
  logLevelOf,
  logOriginOf,
  signerTokenOf,
} from '#settings/shared-settings.js';

/** Settings of a signer, read from the environment once and checked; nothing else reads it. */
export interface SignerSettings {
  /** Name of the log; its keys bear the same. */
  readonly origin: string;
  /** One key, or two while the key is being changed: both sign. */
  readonly keys: readonly SigningKey[];
  /** A further signature with SM2 and SM3; null: none. */
  readonly sm2Key: Sm2Key | null;
  /** Where the last signed state is kept. */
  readonly stateFolder: string;
  /** What the sequencer has to show. */
  readonly token: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: LogLevel;
}

/** @throws SettingsError with every fault found. */
export function readSettings(env: Env): SignerSettings {
  return readEnvironment('The signer', env, (reader) => {
    const origin = logOriginOf(reader, 'name the log, for example city.example/mingcha');
    return {
      origin,
      keys: keysOf(reader, origin),
      sm2Key: sm2KeyOf(reader),
      stateFolder: reader.needed(
        'MINGCHA_SIGNER_STATE',
        'name a folder on a disk of its own, outside the database host',
      ),
      token: signerTokenOf(reader, 'it is what the sequencer shows (openssl rand -hex 32)'),
      host: hostOf(reader),
      port: reader.port('MINGCHA_SIGNER_PORT', 7_601),
      logLevel: logLevelOf(reader),
    };
  });
}

function sm2KeyOf(reader: EnvReader): Sm2Key | null {
  const file = reader.given('MINGCHA_SIGNER_SM2_KEY');
  return file === null
    ? null
    : reader.attempt('MINGCHA_SIGNER_SM2_KEY', () => readSm2KeyFile(file), null);
}

function keysOf(reader: EnvReader, origin: string): SigningKey[] {
  const files = reader.needed(
    'MINGCHA_SIGNER_KEYS',
    'name the key file that mingcha admin make-key wrote',
  );
  const keys = files.split(',').flatMap((file) => {
    if (file === '') return [];
    const key = reader.attempt('MINGCHA_SIGNER_KEYS', () => readKeyFile(file, 1), null);
    return key === null ? [] : [key];
  });
  for (const key of keys)
    if (origin !== '' && key.name !== origin)
      reader.faults.push(
        `MINGCHA_SIGNER_KEYS names a key of '${key.name}', but MINGCHA_LOG_ORIGIN is '${origin}'.`,
      );
  if (keys.length > 2)
    reader.faults.push(
      'MINGCHA_SIGNER_KEYS names more than two files: one key, or the old and the new one.',
    );
  return keys;
}
