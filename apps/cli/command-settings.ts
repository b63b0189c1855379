import { type Env, type EnvReader, readEnvironment, SettingsError } from '#settings/env-reader.js';
import { databaseUrlOf, masterKeyOf } from '#settings/shared-settings.js';
import { CommandError } from './command.js';

/** Reads what a command takes from the environment. @throws CommandError (usage) with every fault found */
export function commandSettings<T>(env: Env, read: (reader: EnvReader) => T): T {
  try {
    return readEnvironment('The command', env, read);
  } catch (error) {
    if (error instanceof SettingsError) throw new CommandError(error.faults.join('\n  '));
    throw error;
  }
}

/** @throws CommandError where DATABASE_URL is missing or no such address */
export function databaseUrlFrom(env: Env): string {
  return commandSettings(env, databaseUrlOf);
}

/** For commands that write cases: address and key of the database. @throws CommandError with every fault found */
export function writerSettingsFrom(env: Env): {
  readonly url: string;
  readonly masterKey: Uint8Array | null;
} {
  return commandSettings(env, (reader) => ({
    url: databaseUrlOf(reader),
    masterKey: masterKeyOf(reader),
  }));
}
