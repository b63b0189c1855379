import { setTimeout as wait } from 'node:timers/promises';
import { dueLag } from '#store/claim-cases.js';
import { loadPositions } from '#store/stream-positions.js';
import type { Language } from '../language/language.js';
import { instantText, textOf } from '../language/texts.js';
import type { Resources } from '../server/resources.js';
import type { HealthDto, LagDto, PartHealthDto } from './health.dto.js';

const ANSWER_MS = 2_000;

const UNKNOWN_LAG: LagDto = { consumedThrough: null, behindSeconds: null, casesDue: null };

async function within<T>(work: Promise<T>): Promise<T> {
  const done = new AbortController();
  work.catch(() => undefined);
  const late = wait(ANSWER_MS, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${ANSWER_MS} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
    late.catch(() => undefined);
  }
}

async function check(
  part: 'database' | 'event-log',
  work: () => Promise<unknown>,
  language: Language,
): Promise<PartHealthDto> {
  const began = performance.now();
  try {
    await within(work());
    const answeredInMs = Math.round(performance.now() - began);
    return { status: 'ok', answeredInMs, text: textOf(language, `health.${part}.ok`) };
  } catch {
    return { status: 'away', answeredInMs: null, text: textOf(language, `health.${part}.away`) };
  }
}

async function lagOf({ database, settings }: Resources): Promise<LagDto> {
  const positions = await loadPositions(database.pool, settings.topic);
  const now = Date.now();
  if (positions.length === 0) return UNKNOWN_LAG;
  const consumed = Math.min(...positions.map(({ consumedThrough }) => consumedThrough));
  const { waiting } = await dueLag(database.pool, Math.min(now, consumed));
  return {
    consumedThrough: instantText(consumed),
    behindSeconds: Math.max(0, Math.round((now - consumed) / 1000)),
    casesDue: waiting,
  };
}

/** Asks database and event log, each for two seconds at most. What is wrong inside is logged, never answered. */
export async function checkHealth(resources: Resources, language: Language): Promise<HealthDto> {
  const { database, eventLog, settings, logger } = resources;
  const [databaseHealth, logHealth] = await Promise.all([
    // Also what the repositories read through, and the tables themselves.
    check('database', () => database.source.query('select 1 from case_state limit 1'), language),
    check(
      'event-log',
      async () => {
        // The number of partitions of an inbox topic is remembered, so its database is asked too.
        if (settings.kafka === null)
          await database.pool.query('select 1 from inbox_partition limit 1');
        await eventLog.partitions(settings.topic);
      },
      language,
    ),
  ]);
  const isUp = databaseHealth.status === 'ok';
  const lag = isUp
    ? await within(lagOf(resources)).catch((error: unknown) => {
        logger.warn({ err: error }, 'The lag could not be read');
        return UNKNOWN_LAG;
      })
    : UNKNOWN_LAG;
  const ready = isUp && logHealth.status === 'ok';
  return {
    status: ready ? 'ok' : 'not-ready',
    database: databaseHealth,
    eventLog: logHealth,
    lag,
  };
}
