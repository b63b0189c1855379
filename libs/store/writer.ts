import { Pool, type PoolConfig } from 'pg';
import { CaseKeys } from './sealing.js';

export interface WriterConfig {
  /** postgres:// address. */
  readonly url: string;
  /** Group role to take on after connecting (`set role`), so that a superuser's login never writes as one. */
  readonly role:
    | 'mingcha_monitor'
    | 'mingcha_api'
    | 'mingcha_notifier'
    | 'mingcha_sequencer'
    | 'mingcha_evidence'
    | 'mingcha_archivist'
    | null;
  /** 32 bytes; null stores received bytes unencrypted. */
  readonly masterKey: Uint8Array | null;
  /** Connections at most; default 4. */
  readonly connections?: number;
  readonly applicationName?: string;
}

/** Connections and keys of one process that writes. */
export interface Writer {
  readonly pool: Pool;
  readonly keys: CaseKeys | null;
  /** Month partitions known to exist, as `event 2025-01`. */
  readonly knownMonths: Set<string>;
}

/**
 * The writer asks for rows by their keys only, so every plan has to go through an index. Left to its estimates, the
 * planner read the whole event table to load 400 cases (270 ms at 260,000 events, growing with the table).
 */
const BY_INDEX_ONLY = [
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
];

/**
 * Opens a writer. Nothing connects before the first query. Write transactions are bounded: a statement that runs for
 * 60 s or a transaction left idle for 60 s is ended by the server, so that no reader waits for it for ever.
 */
export function openWriter(config: WriterConfig): Writer {
  const settings = [
    'statement_timeout=60000',
    'idle_in_transaction_session_timeout=60000',
    ...BY_INDEX_ONLY,
  ];
  if (config.role !== null) settings.push(`role=${config.role}`);
  const options: PoolConfig = {
    connectionString: config.url,
    max: config.connections ?? 4,
    application_name: config.applicationName ?? 'mingcha',
    options: settings.map((setting) => `-c ${setting}`).join(' '),
  };
  const pool = new Pool(options);
  // An idle connection that breaks (server restarted) is replaced by the pool; the next query reports what is wrong.
  pool.on('error', () => undefined);
  // The same while it is in use between two queries: without a listener Node would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    pool,
    keys: config.masterKey === null ? null : new CaseKeys(config.masterKey),
    knownMonths: new Set(),
  };
}

export async function closeWriter(writer: Writer): Promise<void> {
  await writer.pool.end();
}

/** Reads a master key from 64 hex digits; undefined or empty gives null. Throws RangeError on anything else. */
export function masterKeyFrom(hex: string | undefined): Uint8Array | null {
  if (hex === undefined || hex === '') return null;
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new RangeError(
      'MINGCHA_MASTER_KEY must be 64 hex digits (openssl rand -hex 32 makes one).',
    );
  }
  return Buffer.from(hex, 'hex');
}
