import { setTimeout as wait } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { KnownEventError, StaleCaseError } from './errors.js';
import type { Writer } from './writer.js';

const ATTEMPTS = 6;
const RETRIED = new Set(['40001', '40P01']);

interface ServerError {
  readonly code: string;
  readonly table?: string;
  readonly detail?: string;
}

function isServerError(error: unknown): error is ServerError & Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Two writers made the same row at once; the second is told in the writer's own words. */
function translate(error: unknown): unknown {
  if (!isServerError(error) || error.code !== '23505') return error;
  const table = error.table ?? '';
  if (table.startsWith('event_identity')) return new KnownEventError(error.detail ?? table);
  if (table === 'case_state' || table === 'case_key')
    return new StaleCaseError([error.detail ?? '']);
  return error;
}

/**
 * Runs `work` in one transaction (read committed) and commits, or rolls back and throws. On a serialization failure or
 * deadlock (40001, 40P01) `work` runs again from the start, up to six times: it must not keep anything from a failed
 * run. A crash at any point before the commit leaves nothing; a connection lost during the commit leaves it unknown:
 * the caller asks for the stream position before it goes on.
 */
export async function withTransaction<T>(
  writer: Writer,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await writer.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((lost: Error) => {
        broken = lost;
      });
      const again = isServerError(error) && RETRIED.has(error.code) && attempt < ATTEMPTS;
      if (!again) throw translate(error);
    } finally {
      client.release(broken);
    }
    await wait(2 ** attempt);
  }
}
