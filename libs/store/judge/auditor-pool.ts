import type { Socket } from 'node:net';
import { Pool, type PoolClient } from 'pg';

/**
 * Plans that go leaf by leaf: an index per record, never a sort or a hash of the whole trail, so that the first rows come
 * at once and the server needs no more memory for a large trail than for a small one.
 */
const IN_LEAF_ORDER = [
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_sort=off',
  'enable_memoize=off',
  'max_parallel_workers_per_gather=0',
  'jit=off',
];

/** How long the server may be silent in the middle of a query, ms, where nobody says otherwise. */
const SILENT_MS = 120_000;

/** Longest that one statement takes: those that compare whole tables say nothing until their end. */
const LONGEST_MS = 6 * 3_600_000;

/** After this a connection on which nothing arrives is tried; ten tries a second apart later it is given up. */
const KEEP_ALIVE_MS = 10_000;

function socketOf(client: PoolClient): Socket {
  return client.connection.stream as Socket;
}

/**
 * Connections for judging a trail, as role mingcha_auditor, which may read and nothing else. Nothing connects before the first
 * query. Nobody is waited for in silence: a connection whose other end is gone breaks within half a minute, one on which
 * the server says nothing in the middle of a query after `silentMs`, and a lock is waited for no longer either; reading that
 * takes long but goes on is not bounded by that. The query then rejects.
 */
export function openAuditorPool(
  url: string,
  applicationName: string,
  silentMs: number = SILENT_MS,
): Pool {
  const settings = [
    ...IN_LEAF_ORDER,
    'default_transaction_read_only=on',
    'role=mingcha_auditor',
    'timezone=UTC',
    `lock_timeout=${silentMs}`,
    `statement_timeout=${LONGEST_MS}`,
  ];
  const pool = new Pool({
    connectionString: url,
    max: 4,
    application_name: applicationName,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    connectionTimeoutMillis: silentMs,
  });
  // A connection that breaks is reported by the query that uses it next; without a listener Node would end.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    const socket = socketOf(client);
    socket.setTimeout(silentMs);
    socket.on('timeout', () =>
      socket.destroy(new Error(`nothing was heard for ${(socket.timeout ?? 0) / 1000} s`)),
    );
  });
  return pool;
}

/** Runs `work` on a connection of the pool; one on which it failed is not used again. */
export async function withClient<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let failed = true;
  try {
    const result = await work(client);
    failed = false;
    return result;
  } finally {
    client.release(failed);
  }
}

/** As `withClient`, for statements that compare whole tables: the server may be silent until they end. */
export function withPatientClient<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return withClient(pool, async (client) => {
    const socket = socketOf(client);
    const before = socket.timeout ?? 0;
    socket.setTimeout(LONGEST_MS);
    try {
      return await work(client);
    } finally {
      socket.setTimeout(before);
    }
  });
}
