import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Random } from '#simulator/random.js';
import type { SimulatedRecord } from '#simulator/simulate.js';
import type { OutgoingRecord } from '#streams/event-log.js';
import { keyPerPartition } from '#streams/key-per-partition.js';
import { outgoingOf } from '../../apps/cli/demo/publish-simulation.js';
import { withDatabase } from '../../apps/cli/demo/read-outcome.js';
import { awaitDrained } from './await-drained.js';
import { Fleet } from './fleet.js';
import { digestOf, MUTATION_NAMES, type MutatedRecord, mutated } from './mutate.js';
import { endsOf } from './publish.js';
import { openSite, openStage, type Site, type Stage } from './site.js';
import { findFaults, type Snapshot, takeSnapshot } from './snapshot.js';
import { streamOf } from './stream.js';

// 10,000 real records, each spoilt in one way, strewn among the well-formed records of a simulated city. Beside them the
// same city without the spoilt ones: what nobody spoilt must come out the same.

const MUTATED = 10_000;
const CITY = { seed: 31, cases: 300, days: 16, startOn: '2025-03-03' };
const PARTITIONS = 3;
const CASELESS = /"type":"(?:feed|catalog|org|calendar)\./;
const hasKafka = process.env.KAFKA_UNAVAILABLE === undefined;

interface Sent {
  readonly spoilt: readonly MutatedRecord[];
  readonly all: readonly OutgoingRecord[];
}

/** The city's records as they go to the log; among them, where wanted, the spoilt ones, each after its original. */
function records(withSpoilt: boolean): Sent {
  const random = new Random(5, 9);
  const everywhere = keyPerPartition(PARTITIONS);
  const all: OutgoingRecord[] = [];
  const spoilt: MutatedRecord[] = [];
  const real = [...streamOf(CITY)];
  let toSend = withSpoilt ? MUTATED : 0;
  let left = real.filter(isSpoiltOften).length;
  for (const record of real) {
    const outgoing = outgoingOf(record, everywhere);
    all.push(...outgoing);
    if (!isSpoiltOften(record)) continue;
    const { key, headers } = outgoing[0] as OutgoingRecord;
    for (let n = Math.round(toSend / left); n > 0; n -= 1) {
      const one = mutated({ key: key ?? '', value: record.value, headers: { ...headers } }, random);
      spoilt.push(one);
      all.push(one);
      toSend -= 1;
    }
    left -= 1;
  }
  return { spoilt, all };
}

/** Records of every third case, and those about feeds and reference facts, are left alone. */
function isSpoiltOften({ key, value }: SimulatedRecord): boolean {
  return !CASELESS.test(value) && Number(key.slice(-4)) % 3 !== 0;
}

const PUBLISHED_AT_ONCE = 1_000;
const METRICS_PORT = 15_000 + Math.floor(Math.random() * 10_000);

async function countedBy(port: number): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const counts: Record<string, number> = {};
  for (const [, outcome, count] of text.matchAll(
    /^mingcha_events_total\{outcome="(\w+)"\} (\d+)/gm,
  ))
    counts[outcome as string] = Number(count);
  return counts;
}

(hasKafka ? describe : describe.skip)('10,000 mutated records', () => {
  let site: Site;
  let stage: Stage;
  let sent: Sent;
  let fleet: Fleet;
  let counted: Record<string, number>;
  let clean: Snapshot;
  let snapshot: Snapshot;
  const open: Stage[] = [];

  async function workOff(name: string, all: readonly OutgoingRecord[]): Promise<[Stage, Fleet]> {
    const made = await openStage(site, { name, partitions: PARTITIONS, city: CITY });
    open.push(made);
    const monitors = new Fleet(made, { MINGCHA_METRICS_PORT: String(METRICS_PORT) });
    monitors.start();
    for (let from = 0; from < all.length; from += PUBLISHED_AT_ONCE)
      await made.log.publish(made.topic, all.slice(from, from + PUBLISHED_AT_ONCE));
    const last = all.at(-1)?.headers?.['mingcha-received-at'];
    await awaitDrained(made, monitors, Number(last));
    return [made, monitors];
  }

  beforeAll(async () => {
    site = await openSite('kafka');
    const [calm, calmFleet] = await workOff('clean', records(false).all);
    await calmFleet.stop();
    clean = await takeSnapshot(calm);
    sent = records(true);
    [stage, fleet] = await workOff('spoilt', sent.all);
    counted = await countedBy(METRICS_PORT);
    snapshot = await takeSnapshot(stage);
  }, 300_000);

  afterAll(async () => {
    await fleet?.stop();
    for (const one of open) await one.close();
    await site?.stop();
  });

  async function ask<T extends object>(sql: string): Promise<T[]> {
    return withDatabase(stage.databaseUrl, async (client) => (await client.query<T>(sql)).rows);
  }

  it('were spoilt in every way, 10,000 of them', () => {
    expect(sent.spoilt).toHaveLength(MUTATED);
    expect(new Set(sent.spoilt.map((one) => one.mutation))).toEqual(new Set(MUTATION_NAMES));
  });

  it('do not bring the monitor down', () => {
    expect(fleet.falls).toEqual([]);
  });

  it('are each accepted, a duplicate, or quarantined: the counts add up to what was published', async () => {
    const [{ n: events } = { n: '' }] = await ask<{ n: string }>('select count(*) as n from event');
    const [{ n: rejected } = { n: '' }] = await ask<{ n: string }>(
      'select count(*) as n from quarantine',
    );
    const heartbeats = sent.all.filter((one) => isHeartbeat(one)).length;
    expect(counted).toMatchObject({ accepted: Number(events), quarantined: Number(rejected) });
    const { accepted = 0, duplicate = 0, quarantined = 0 } = counted;
    expect(accepted + duplicate + quarantined).toBe(sent.all.length - heartbeats);
    expect(await findFaults(stage, await endsOf(stage))).toEqual([]);
  });

  it('are lost in no case: the bytes of every record are an event or stand in quarantine with a reason', async () => {
    const kept = new Map<string, { accepted: number; quarantined: number }>();
    const rows = await ask<{ digest: string; accepted: number; quarantined: number }>(`
      select encode(digest, 'hex') as digest, sum(a)::int as accepted, sum(q)::int as quarantined from (
        select raw_digest as digest, 1 as a, 0 as q from event
        union all select digest, 0, 1 from quarantine where reason <> '' and (raw is null or digest = sha256(raw))) r
      group by digest`);
    for (const row of rows) kept.set(row.digest, row);
    const published = new Map<string, number>();
    for (const one of sent.all.filter((record) => !isHeartbeat(record)))
      published.set(digestOf(one), (published.get(digestOf(one)) ?? 0) + 1);
    const lost: string[] = [];
    for (const [digest, times] of published) {
      const { accepted = 0, quarantined = 0 } = kept.get(digest) ?? {};
      if (accepted + quarantined === 0 || accepted + quarantined > times) lost.push(digest);
    }
    expect(lost).toEqual([]);
    expect([...kept.keys()].filter((digest) => !published.has(digest))).toEqual([]);
  });

  it('are quarantined where nothing else is right', async () => {
    const rows = await ask<{ digest: string }>(
      "select encode(digest, 'hex') as digest from quarantine",
    );
    const quarantined = new Set(rows.map(({ digest }) => digest));
    const wrongly = sent.spoilt.filter(
      (one) => one.must === 'quarantined' && !quarantined.has(digestOf(one)),
    );
    expect(wrongly.map(({ mutation }) => mutation)).toEqual([]);
  });

  it('take nothing from the well-formed records between them', async () => {
    const rows = await ask<{ digest: string }>(
      "select encode(raw_digest, 'hex') as digest from event",
    );
    const accepted = new Set(rows.map(({ digest }) => digest));
    const missing = records(false).all.filter(
      (one) => !isHeartbeat(one) && !accepted.has(digestOf(one)),
    );
    expect(missing).toHaveLength(0);
  });

  it('change no finding of a case into which none of them was accepted', () => {
    const events = (from: Snapshot) => {
      const byCase = new Map<string, string[]>();
      for (const [key, { caseId }] of from.get('event') ?? [])
        if (caseId !== null) byCase.set(caseId, [...(byCase.get(caseId) ?? []), key]);
      return byCase;
    };
    const [before, after] = [events(clean), events(snapshot)];
    const untouched = [...before.keys()].filter(
      (caseId) => after.get(caseId)?.join() === before.get(caseId)?.join(),
    );
    const histories = (from: Snapshot) =>
      [...(from.get('history of a finding') ?? [])].filter(([, { caseId }]) =>
        untouched.includes(caseId ?? ''),
      );
    expect(untouched.length).toBeGreaterThan(60);
    expect(histories(clean).length).toBeGreaterThan(20);
    expect(histories(snapshot)).toEqual(histories(clean));
  });
});

/** Heartbeats move coverage and are neither saved nor counted. */
function isHeartbeat({ value }: OutgoingRecord): boolean {
  return value !== null && Buffer.from(value).includes('"type":"feed.heartbeat"');
}
