import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import type { RunningProgram } from './child-program.js';
import type { PublishedWorkload } from './published-workload.js';

/** How much was durable at an instant. */
export interface Sample {
  /** ms of this process's clock. */
  readonly at: number;
  readonly events: number;
  readonly records: number;
  readonly cpuSeconds: number | null;
}

/** From the first commit to the last. */
export interface Drained {
  readonly first: Sample;
  /** The first sample at or beyond the warm-up. */
  readonly warm: Sample;
  readonly last: Sample;
}

const LOOK_EVERY_MS = 20;
const STALLED_AFTER_MS = 60_000;

export interface Watch {
  readonly topic: string;
  readonly published: PublishedWorkload;
  readonly program: RunningProgram;
  /** Case events that count as warm-up. */
  readonly warmUp: number;
}

/** Watches the saved positions until every partition stands at its end. Throws where the program ends or stands still. */
export async function watchPositions(client: Client, watch: Watch): Promise<Drained> {
  let ended: number | null | undefined;
  void watch.program.ended.then((code) => (ended = code));
  let first: Sample | null = null;
  let warm: Sample | null = null;
  let before = -1;
  let movedAt = performance.now();
  for (;;) {
    const sample = await look(client, watch);
    if (sample.records > before) movedAt = performance.now();
    before = sample.records;
    if (sample.records > 0) first ??= sample;
    if (sample.events >= watch.warmUp) warm ??= sample;
    if (sample.records >= watch.published.records && first !== null && warm !== null)
      return { first, warm, last: sample };
    if (ended !== undefined) throw new Error(`the measured process ended with ${ended}`);
    if (performance.now() - movedAt > STALLED_AFTER_MS)
      throw new Error(`nothing was saved for ${STALLED_AFTER_MS / 1_000} s: ${before} records`);
    await wait(LOOK_EVERY_MS);
  }
}

async function look(client: Client, { topic, published, program }: Watch): Promise<Sample> {
  const { rows } = await client.query<{ partition: number; next_offset: string }>(
    'select "partition", next_offset from stream_position where topic = $1',
    [topic],
  );
  let events = 0;
  let records = 0;
  for (const row of rows) {
    const offset = Number(row.next_offset);
    events += published.eventsBefore[row.partition]?.[offset] ?? 0;
    records += offset;
  }
  return { at: performance.now(), events, records, cpuSeconds: program.cpuSeconds() };
}

/** Events a second between two samples. */
export function rateBetween(from: Sample, to: Sample, of: 'events' | 'records' = 'events'): number {
  return ((to[of] - from[of]) / (to.at - from.at)) * 1_000;
}
