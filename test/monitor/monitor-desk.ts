import { hash } from 'node:crypto';
import { Client } from 'pg';
import { createDecoder } from '#core/event/decode.js';
import type { Event } from '#core/event/event.js';
import type { Finding } from '#core/finding.js';
import { ANY_CITY, feedOf } from '#rulebook/city.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { migrate } from '#store/data-source.js';
import { loadCoverage } from '#store/known-facts.js';
import { loadCases } from '#store/load-cases.js';
import { touchRegions } from '#store/touch-regions.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import type { DatabaseTemplate } from '#test/env/database.js';
import type { ReplayedCase } from '../../apps/cli/replay/judge-case.js';
import { replayCases } from '../../apps/cli/replay/replay-cases.js';
import { CaseCache } from '../../apps/monitor/case-cache.js';
import { CoverageLanes } from '../../apps/monitor/coverage-lanes.js';
import { RECEIVED_AT_HEADER } from '../../apps/monitor/decode-records.js';
import {
  type BatchOutcome,
  handleBatch,
  type MonitorTools,
} from '../../apps/monitor/handle-batch.js';
import { LawSource } from '../../apps/monitor/law-source.js';
import { releaseCovered, tickDue } from '../../apps/monitor/tick-due.js';

export const STORE: DatabaseTemplate = { name: 'store', prepare: migrate };

const TOPIC = 'mingcha.events';
const { rulebook } = loadRulebook([packFolder('approval')]);

/** A record on its way: a CloudEvent and when the log took it in (RFC 3339). */
export interface Sent {
  readonly event: Readonly<Record<string, unknown>>;
  readonly receivedAt: string;
}

const decoder = createDecoder({ feeds: (source) => feedOf(ANY_CITY, source) });

/** What the records of a log say with no server, by case. */
export async function replayOf(
  log: readonly Sent[],
  asOf: string,
  history: boolean,
): Promise<Map<string, ReplayedCase>> {
  async function* events(): AsyncIterable<Event> {
    for (const { event, receivedAt } of log) {
      const value = JSON.stringify(event);
      const digest = hash('sha256', value);
      const decoded = decoder.decode({ value, receivedAt: Date.parse(receivedAt), digest });
      if (!decoded.ok) throw new Error(`not in the contract: ${JSON.stringify(decoded.rejected)}`);
      yield decoded.event;
    }
  }
  const found = new Map<string, ReplayedCase>();
  const cases = replayCases({
    events: events(),
    rulebook,
    calendar: null,
    asOf: Date.parse(asOf),
    knownAt: Date.parse(asOf),
    history,
  });
  for await (const one of cases) found.set(one.caseId, one);
  return found;
}

export function byId(a: Finding, b: Finding): number {
  return a.id < b.id ? -1 : 1;
}

/** A monitor without its event log: batches are handed to it, and the time is what the records say. */
export class MonitorDesk {
  private readonly writer: Writer;
  private tools: MonitorTools;

  /** Without a key bytes are saved plain, so that two runs can be compared to the byte. */
  constructor(
    private readonly url: string,
    masterKey: Uint8Array | null = Buffer.alloc(32, 7),
  ) {
    this.writer = openWriter({
      url,
      role: 'mingcha_monitor',
      masterKey,
    });
    this.tools = this.makeTools();
  }

  private makeTools(): MonitorTools {
    return {
      writer: this.writer,
      decoder,
      laws: new LawSource(rulebook, ANY_CITY),
      cache: new CaseCache(10_000),
      lanes: new CoverageLanes(),
      time: { fromHeader: true, now: Date.now },
      actor: 'monitor',
    };
  }

  /** One batch of one partition, from where the partition stands. */
  async take(partition: number, sent: readonly Sent[]): Promise<BatchOutcome> {
    const { rows } = await this.writer.pool.query<{ next_offset: string }>(
      'select next_offset from stream_position where topic = $1 and "partition" = $2',
      [TOPIC, partition],
    );
    const startOffset = BigInt(rows[0]?.next_offset ?? 0);
    const records = sent.map(({ event, receivedAt }, index) => ({
      topic: TOPIC,
      partition,
      offset: startOffset + BigInt(index),
      key: String(event.subject),
      value: Buffer.from(JSON.stringify(event)),
      headers: { [RECEIVED_AT_HEADER]: String(Date.parse(receivedAt)) },
      appendedAt: Date.parse(receivedAt),
    }));
    const nextOffset = startOffset + BigInt(sent.length);
    return handleBatch(
      {
        topic: TOPIC,
        partition,
        records,
        startOffset,
        nextOffset,
        highWatermark: nextOffset,
        fetchedAt: 0,
        missing: null,
      },
      this.tools,
    );
  }

  /** Everything due until then, as if all partitions were read through it. */
  async tick(upTo: string): Promise<void> {
    while (await touchRegions(this.writer, 2));
    for (;;) {
      const { cases } = await tickDue(Date.parse(upTo), this.tools, 100);
      if (cases === 0) return;
    }
  }

  /** Held alerts that waited for a lane, as the coverage there is allows; gives how many alerts changed. */
  async release(lane: string, through: string): Promise<number> {
    const at = Date.parse(through);
    const wanted = { source: lane, coveredThrough: at, limit: 100 };
    return (await releaseCovered(at, this.tools, wanted)).alerts;
  }

  /** Forgets everything that is not in the database. */
  async restart(): Promise<void> {
    this.tools = this.makeTools();
    for (const one of await loadCoverage(this.writer.pool))
      if (one.evaluatedThrough !== null) this.tools.lanes.advance(one.source, one.evaluatedThrough);
  }

  /** Findings of a case as saved, retracted ones apart. */
  async findings(caseId: string): Promise<readonly Finding[]> {
    const [loaded] = await loadCases(this.writer.pool, this.writer, [caseId]);
    if (loaded === undefined || loaded.content === 'as-known') return [];
    return loaded.content.findings;
  }

  /** Identities that a case is judged by, sorted. */
  async eventsOf(caseId: string): Promise<readonly string[]> {
    const [loaded] = await loadCases(this.writer.pool, this.writer, [caseId]);
    if (loaded === undefined || loaded.content === 'as-known') return [];
    return loaded.content.events.map(({ id }) => id).sort();
  }

  /** Changes of the findings of a case in the order of its record. */
  async changes(caseId: string): Promise<{ readonly kind: string; readonly at: number }[]> {
    const { rows } = await this.writer.pool.query<{ kind: string; at: Date }>(
      'select kind, at from finding_change where case_id = $1 order by entity_seq',
      [caseId],
    );
    return rows.map(({ kind, at }) => ({ kind, at: at.getTime() }));
  }

  /** Asks the database as its owner, who may also read the audit trail. */
  async query<Row extends object>(sql: string): Promise<Row[]> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  close(): Promise<void> {
    return closeWriter(this.writer);
  }
}
