import { readFileSync } from 'node:fs';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { parsePolicy } from '#evidence/verify/policy.js';
import { type Env, type EnvReader, readEnvironment } from '#settings/env-reader.js';
import {
  ALERTS_TOPIC,
  databaseUrlOf,
  eventLogOf,
  hostOf,
  type LogLevel,
  logLevelOf,
} from '#settings/shared-settings.js';
import type { Trust } from '#store/judge/stored-checkpoints.js';
import type { EventLogSettings } from '#streams/open-event-log.js';

/** Settings of an auditor, read from the environment once and checked; nothing else reads it. */
export interface AuditorSettings {
  readonly databaseUrl: string;
  readonly log: EventLogSettings;
  /** Where `audit.broken` is published. */
  readonly alertTopic: string;
  /** What the auditor remembers; on another disk than the database, and never restored with it. */
  readonly stateFolder: string;
  /** Folder below which archived months lie; null: of dropped months only the hashes are judged. */
  readonly archiveFolder: string | null;
  /** Null: signatures are not checked. */
  readonly trust: Trust | null;
  /** Pause between two looks for new records. */
  readonly pollMs: number;
  /** Pause between two judgements of the whole trail. */
  readonly recheckHours: number;
  /** Records a second that judging the whole trail takes at most, so that it leaves the database to others. */
  readonly recheckRate: number;
  /** Seconds that a record may wait for its place before health tells. */
  readonly mostWaitSeconds: number;
  /** Seconds that the database may be silent, and the trail not be looked at, before health tells. */
  readonly mostSilentSeconds: number;
  /** Seconds that leaves may stay without a complete checkpoint before health tells. */
  readonly mostUnsignedSeconds: number;
  /** True in a simulation: times of records are not those of the clock. */
  readonly recordTime: boolean;
  readonly host: string;
  /** 0: any free port. */
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
}

function trustOf(reader: EnvReader): Trust | null {
  const file = reader.given('MINGCHA_TRUSTED_KEYS_FILE');
  if (file === null) return null;
  return reader.attempt(
    'MINGCHA_TRUSTED_KEYS_FILE',
    () => ({ policy: parsePolicy(readFileSync(file, 'utf8'), 'log'), verify: verifyEd25519 }),
    null,
  );
}

function stateFolderOf(reader: EnvReader): string {
  const folder = reader.text('MINGCHA_AUDITOR_STATE', '');
  if (folder === '')
    reader.faults.push(
      'MINGCHA_AUDITOR_STATE is not set: name a folder of its own, not on the disk of the database.',
    );
  return folder;
}

/** @throws SettingsError with every fault found. */
export function readSettings(env: Env): AuditorSettings {
  return readEnvironment('The auditor', env, (reader) => ({
    databaseUrl: databaseUrlOf(reader),
    log: eventLogOf(reader, 'mingcha-auditor'),
    alertTopic: reader.topic('MINGCHA_ALERT_TOPIC', ALERTS_TOPIC),
    stateFolder: stateFolderOf(reader),
    archiveFolder: reader.given('MINGCHA_AUDITOR_ARCHIVES'),
    trust: trustOf(reader),
    pollMs: reader.whole('MINGCHA_AUDITOR_POLL_MS', 1_000, [10, 3_600_000]),
    recheckHours: reader.whole('MINGCHA_AUDITOR_RECHECK_HOURS', 24, [1, 8_760]),
    recheckRate: reader.whole('MINGCHA_AUDITOR_RECHECK_RATE', 10_000, [10, 1_000_000]),
    mostWaitSeconds: reader.whole('MINGCHA_AUDITOR_MOST_WAIT_SECONDS', 60, [1, 86_400]),
    mostSilentSeconds: reader.whole('MINGCHA_AUDITOR_MOST_SILENT_SECONDS', 120, [1, 86_400]),
    mostUnsignedSeconds: reader.whole('MINGCHA_AUDITOR_MOST_UNSIGNED_SECONDS', 300, [1, 86_400]),
    recordTime: reader.flag('MINGCHA_RECORD_TIME'),
    host: hostOf(reader),
    metricsPort: reader.port('MINGCHA_METRICS_PORT', 0),
    logLevel: logLevelOf(reader),
  }));
}
