import { Pool } from 'pg';

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

/**
 * Connections for judging a trail, as role mingcha_auditor, which may read and nothing else. Reading a large trail takes
 * as long as it takes: no statement is bounded in time. Nothing connects before the first query.
 */
export function openAuditorPool(url: string, applicationName: string): Pool {
  const settings = [
    ...IN_LEAF_ORDER,
    'default_transaction_read_only=on',
    'role=mingcha_auditor',
    'timezone=UTC',
  ];
  const pool = new Pool({
    connectionString: url,
    max: 4,
    application_name: applicationName,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
  });
  // A connection that breaks is reported by the query that uses it next; without a listener Node would end.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
