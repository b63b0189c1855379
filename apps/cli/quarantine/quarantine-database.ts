import type { DataSource } from 'typeorm';
import type { Env } from '#settings/env-reader.js';
import { makeDataSource } from '#store/data-source.js';
import type { QuarantineEntity } from '#store/entity/quarantine.entity.js';
import { QuarantineRepository } from '#store/quarantine.repository.js';
import { openWriter, type Writer } from '#store/writer.js';
import { CommandError, EXIT } from '../command.js';
import { databaseUrlFrom, writerSettingsFrom } from '../command-settings.js';
import { errorCode, errorText } from '../log/input-error.js';

/** A database fault as a person needs it; addresses and passwords are not repeated. */
export function databaseAway(error: unknown, consequence: string): CommandError {
  const why = errorText(error) || errorCode(error) || 'no answer';
  return new CommandError(`the database cannot be used (${why}). ${consequence}`, EXIT.unreachable);
}

/** Reads quarantined records as role mingcha_api, and closes the connection. @throws CommandError where it is away */
export async function withQuarantine<T>(
  env: Env,
  work: (records: QuarantineRepository) => Promise<T>,
): Promise<T> {
  const source: DataSource = makeDataSource({
    url: databaseUrlFrom(env),
    role: 'mingcha_api',
    connections: 1,
  });
  try {
    await source.initialize();
  } catch (error) {
    throw databaseAway(error, 'Check DATABASE_URL, and that the server runs');
  }
  try {
    return await work(new QuarantineRepository(source));
  } finally {
    await source.destroy();
  }
}

/** The record with its bytes. @throws CommandError where there is none of this id */
export async function quarantined(env: Env, quarantineId: string): Promise<QuarantineEntity> {
  const found = await withQuarantine(env, (records) => records.byId(quarantineId));
  if (found !== null) return found;
  throw new CommandError(
    `there is no quarantined record '${quarantineId}'; an id is topic/partition/offset, as mingcha quarantine list prints it`,
    EXIT.input,
  );
}

/** For decisions, as the only role that may write them. The caller closes it. */
export function decisionWriter(env: Env): Writer {
  return openWriter({
    ...writerSettingsFrom(env),
    role: 'mingcha_monitor',
    connections: 2,
    applicationName: 'mingcha-quarantine',
  });
}
