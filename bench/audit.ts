import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { parseVerifierKey } from '#core/audit/note/note-key.js';
import { openAuditorPool } from '#store/judge/auditor-pool.js';
import { judgeDatabase } from '#store/judge/judge-database.js';
import { type AuditProcesses, startAuditProcesses } from '../apps/cli/demo/audit-processes.js';
import { benchBundle } from './audit-bundle.js';
import type { BenchOptions } from './bench-options.js';
import { type BenchServers, startServers, withClient } from './bench-servers.js';
import { startProgram } from './child-program.js';
import { type Measure, measureOf, type Run } from './measure.js';

const SECONDS = 10;
const CONNECTIONS = 4;
const BATCH = 400;
/** Records per second that the latency of checkpoints is measured under. */
const RATE = 20_000;
const WITHIN_MS = 120_000;

interface Wrote {
  readonly records: number;
  readonly seconds: number;
  /** Transactions: number, and when their commit was answered, ms. */
  readonly commits: readonly { readonly xid: string; readonly at: number }[];
}

interface Sequenced {
  readonly appended: number;
  readonly latencies: readonly number[];
  readonly verified: number;
}

/** Writing with sequencing beside writing alone; from commit to signed checkpoint; verification of the whole trail, and of a bundle. */
export async function benchAudit(options: BenchOptions): Promise<Measure[]> {
  const servers = await startServers({ ...options, eventLog: 'inbox' });
  const append: Run[] = [];
  const latencies: { p50: number; p99: number; rate: number }[] = [];
  const verify: Run[] = [];
  try {
    for (let run = 1; run <= options.runs; run += 1) {
      const bare = await bareRate(servers, run);
      const full = await sequenced(servers, run, 0);
      append.push({ value: full.appended, limit: bare });
      verify.push({ value: full.verified });
      const paced = await sequenced(servers, run, RATE);
      latencies.push({
        p50: quantile(paced.latencies, 0.5),
        p99: quantile(paced.latencies, 0.99),
        rate: paced.appended,
      });
      process.stderr.write(
        `audit run ${run}: ${Math.round(full.appended)} of ${Math.round(bare)} records/s, p99 ${latencies.at(-1)?.p99} ms, ` +
          `verified ${Math.round(full.verified)} records/s\n`,
      );
    }
  } finally {
    await servers.stop();
  }
  const writers = `${CONNECTIONS} connections, transactions of ${BATCH} records`;
  return [
    measureOf({
      name: 'audit.append',
      unit: 'records/s',
      runs: append,
      what: `records written for ${SECONDS} s by ${writers}, with sequencer, signer and witness, until the last one has its place; limit: the same written without them`,
    }),
    measureOf({
      name: 'audit.checkpoint-p50',
      unit: 'ms',
      runs: latencies.map(({ p50 }) => ({ value: p50 })),
      bound: 2_000,
      what: `from the answer to a commit until a checkpoint that covers it is signed, cosigned and stored, at ${RATE} records/s; limit: what is demanded of p99`,
    }),
    measureOf({
      name: 'audit.checkpoint',
      unit: 'ms',
      runs: latencies.map(({ p99 }) => ({ value: p99 })),
      bound: 2_000,
      what: 'the same, 99th percentile of the transactions; limit: what is demanded',
    }),
    measureOf({
      name: 'audit.checkpoint-rate',
      unit: 'records/s',
      runs: latencies.map(({ rate }) => ({ value: rate })),
      bound: RATE,
      what: 'what was really written while the latency was taken; limit: what was asked for',
    }),
    measureOf({
      name: 'audit.verify',
      unit: 'records/s',
      runs: verify,
      bound: 80_000,
      what: 'the whole trail of the append run computed anew from the database: leaves, columns, chains, tiles, tree, every checkpoint; limit: what is demanded',
    }),
    ...benchBundle(options.runs),
  ];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

async function writeFor(
  servers: BenchServers,
  url: string,
  name: string,
  rate: number,
): Promise<Wrote> {
  const out = join(servers.folder, `${name}.txt`);
  writeFileSync(out, '');
  const startedAt = performance.now();
  const program = startProgram({
    script: 'bench/audit-writer.js',
    env: {
      DATABASE_URL: url,
      OUT: out,
      ...{
        SECONDS: String(SECONDS),
        CONNECTIONS: String(CONNECTIONS),
        BATCH: String(BATCH),
        RATE: String(rate),
      },
    },
    logFile: join(servers.folder, `${name}.log`),
  });
  const code = await program.ended;
  if (code !== 0)
    throw new Error(
      `the writer ended with ${code}: ${readFileSync(join(servers.folder, `${name}.log`), 'utf8')}`,
    );
  const commits = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string])
    .map(([xid, at]) => ({ xid, at: Number(at) }));
  return {
    records: commits.length * BATCH,
    seconds: (performance.now() - startedAt) / 1_000,
    commits,
  };
}

/** From the first commit to the last: starting the program does not count. */
function rateOf({ records, commits }: Wrote, endedAt: number): number {
  const first = Math.min(...commits.map(({ at }) => at));
  return ((records - BATCH) / (endedAt - first)) * 1_000;
}

async function bareRate(servers: BenchServers, run: number): Promise<number> {
  const name = `bare_${run}`;
  const url = await servers.copyDatabase(name);
  try {
    const wrote = await writeFor(servers, url, name, 0);
    return rateOf(wrote, Math.max(...wrote.commits.map(({ at }) => at)));
  } finally {
    await servers.dropDatabase(name);
  }
}

async function sequenced(servers: BenchServers, run: number, rate: number): Promise<Sequenced> {
  const name = `audit_${rate === 0 ? 'full' : 'paced'}_${run}`;
  const url = await servers.copyDatabase(name);
  const audit = await startAuditProcesses(join(servers.folder, name), url);
  try {
    const wrote = await writeFor(servers, url, name, rate);
    return await withClient(url, async (client) => {
      const endedAt = await untilCovered(client, wrote.records);
      const appended = rateOf(wrote, endedAt.leaves);
      const latencies = await latenciesOf(client, wrote);
      if (rate === 0) await addEvents(client);
      const verified = rate === 0 ? await verifyRate(url, audit) : Number.NaN;
      return { appended, latencies, verified };
    });
  } finally {
    await audit.stop();
    await servers.dropDatabase(name);
  }
}

/** When the last record got its place, ms; waits until a checkpoint covers it as well. */
async function untilCovered(client: Client, records: number): Promise<{ readonly leaves: number }> {
  let leaves: number | null = null;
  for (const giveUpAt = Date.now() + WITHIN_MS; Date.now() < giveUpAt; await wait(20)) {
    const { rows } = await client.query<{ size: string; signed: string }>(
      'select size, (select coalesce(max(size), 0) from audit_checkpoint where complete) as signed from audit_tree',
    );
    const { size = '0', signed = '0' } = rows[0] ?? {};
    if (Number(size) >= records) leaves ??= Date.now();
    if (leaves !== null && Number(signed) >= records) return { leaves };
  }
  throw new Error(`${records} records were not signed within ${WITHIN_MS / 1_000} s`);
}

/** By the server's clock, which is this machine's: storing of the first complete checkpoint that covers all of a transaction. */
async function latenciesOf(client: Client, { commits }: Wrote): Promise<number[]> {
  const { rows: leaves } = await client.query<{ xid: string; last: string }>(
    'select xid::text as xid, max(leaf_index) as last from audit_leaf group by xid',
  );
  const { rows: signed } = await client.query<{ size: string; at: Date }>(
    'select size, signed_at as at from audit_checkpoint where complete order by size',
  );
  const lastOf = new Map(leaves.map(({ xid, last }) => [xid, Number(last)]));
  return commits.map(({ xid, at }) => {
    const last = lastOf.get(xid) ?? Number.POSITIVE_INFINITY;
    const covering = signed.find(({ size }) => Number(size) > last);
    return covering === undefined ? Number.POSITIVE_INFINITY : covering.at.getTime() - at;
  });
}

/** The events that the records tell of, which the writer leaves out: verifying compares the two. */
async function addEvents(client: Client): Promise<void> {
  await client.query(`select ensure_month('event', min("time")) from audit_record`);
  await client.query(
    `insert into event (received_at, occurred_at, recorded_at, "offset", data_version, "partition", sealing, shared_space,
       is_test, case_id, source, event_id, raw_digest, type, topic, tenant, region_code, unit_path, subject_persons,
       recipient_unit, sealed)
     select (select min("time") from audit_record), "time", "time", record_no, 0, 1, 0, false, false, substr(entity, 6),
       'feed-a', substr(object, length('event:feed-a/') + 1), sha256(leaf_hash), 'approval.accepted', 'mingcha.events',
       tenant, region_code, unit_path, subject_persons, recipient_unit, convert_to(repeat('x', 900), 'UTF8')
     from audit_record where action = 'event.accepted'`,
  );
}

async function verifyRate(url: string, audit: AuditProcesses): Promise<number> {
  const pool = openAuditorPool(url, 'mingcha-bench');
  const faults: unknown[] = [];
  const policy = {
    origin: audit.origin,
    logKeys: [parseVerifierKey(audit.logKey)],
    witnesses: [parseVerifierKey(audit.witnessKey)],
    quorum: 1,
  };
  try {
    const startedAt = performance.now();
    const { size } = await judgeDatabase({
      ...{ pool, remembered: [], clock: false },
      trust: { policy, verify: verifyEd25519 },
      onFinding: (finding) => faults.push(finding),
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    if (faults.length > 0)
      throw new Error(`the trail does not verify: ${JSON.stringify(faults[0])}`);
    return size / seconds;
  } finally {
    await pool.end();
  }
}
