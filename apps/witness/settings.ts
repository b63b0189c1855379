import { readKeyFile, type SigningKey } from '#audit-keys/key-file.js';
import type { NoteKey } from '#core/audit/note/note-key.js';
import { type Env, type EnvReader, readEnvironment } from '#settings/env-reader.js';
import { hostOf, type LogLevel, logLevelOf, verifierKeysOf } from '#settings/shared-settings.js';

/** Settings of a witness, read from the environment once and checked; nothing else reads it. */
export interface WitnessSettings {
  readonly key: SigningKey;
  /** Keys of each log by its origin; two of one log while its key is being changed. */
  readonly logs: ReadonlyMap<string, readonly NoteKey[]>;
  /** Where the last cosigned state of each log is kept. */
  readonly stateFolder: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: LogLevel;
}

/** @throws SettingsError with every fault found. */
export function readSettings(env: Env): WitnessSettings {
  return readEnvironment('The witness', env, (reader) => {
    const keyFile = reader.needed(
      'MINGCHA_WITNESS_KEY',
      'name the key file that mingcha admin make-key --witness wrote',
    );
    const key =
      keyFile === ''
        ? null
        : reader.attempt('MINGCHA_WITNESS_KEY', () => readKeyFile(keyFile, 4), null);
    return {
      key: key as SigningKey,
      logs: logsOf(reader),
      stateFolder: reader.needed(
        'MINGCHA_WITNESS_STATE',
        'name a folder that is never restored from a backup',
      ),
      host: hostOf(reader),
      port: reader.port('MINGCHA_WITNESS_PORT', 7_602),
      logLevel: logLevelOf(reader),
    };
  });
}

/** Verifier keys separated by commas; the origin of a log is the name of its keys. */
function logsOf(reader: EnvReader): Map<string, NoteKey[]> {
  const keys = verifierKeysOf(
    reader,
    'MINGCHA_WITNESS_LOGS',
    'give the verifier keys of the logs, separated by commas',
  );
  for (const { name, type } of keys)
    if (type !== 1)
      reader.faults.push(
        `MINGCHA_WITNESS_LOGS names a key of '${name}' that is a witness's, not a log's.`,
      );
  return Map.groupBy(keys, ({ name }) => name);
}
