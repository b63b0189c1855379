import { setTimeout as wait } from 'node:timers/promises';
import type { SimulatedRecord } from '#simulator/simulate.js';
import type { EventLog, OutgoingRecord } from '#streams/event-log.js';
import { isForAll, publishSimulation } from '../../apps/cli/demo/publish-simulation.js';
import type { Stage } from './site.js';

/** How far a stream has been published, and how far it may be. */
export interface Flow {
  /** Records appended so far; grows while the stream is published. */
  sent: number;
  /** Records beyond this number wait. */
  allowed: number;
  /** Appends that failed and were sent again: part of them may stand in the log twice. */
  repeated: number;
}

const PORTION = 250;
const RETRY_AFTER_MS = 200;

/** Publishes a simulated stream as fast as `flow` allows; an append that fails is sent again until it succeeds. */
export async function publishFlow(
  stage: Stage,
  records: Iterable<SimulatedRecord>,
  flow: Flow,
): Promise<{ readonly events: number; readonly lastReceivedAt: number }> {
  const log: EventLog = {
    subscribe: (options) => stage.log.subscribe(options),
    partitions: (topic) => stage.log.partitions(topic),
    close: () => stage.log.close(),
    publish: async (topic, outgoing) => {
      for (let from = 0; from < outgoing.length; from += PORTION) {
        while (flow.sent >= flow.allowed) await wait(20);
        await publishSurely(stage, topic, outgoing.slice(from, from + PORTION), flow);
        flow.sent += Math.min(PORTION, outgoing.length - from);
      }
    },
  };
  return publishSimulation(log, records, { topic: stage.topic, partitions: stage.partitions });
}

async function publishSurely(
  stage: Stage,
  topic: string,
  records: readonly OutgoingRecord[],
  flow: Flow,
): Promise<void> {
  for (;;) {
    try {
      return await stage.log.publish(topic, records);
    } catch {
      // Which part of them was written is unknown: all are sent again, as a real source would do.
      flow.repeated += 1;
      await wait(RETRY_AFTER_MS);
    }
  }
}

/** Records that will be appended: those about feeds and reference facts go to every partition. */
export function appendsOf(records: Iterable<SimulatedRecord>, partitions: number): number {
  let count = 0;
  for (const { value } of records) count += isForAll(value) ? partitions : 1;
  return count;
}

/** End of every partition: the offset that the next record would get. */
export async function endsOf(stage: Stage): Promise<Map<number, bigint>> {
  const subscription = stage.log.subscribe({
    topic: stage.topic,
    groupId: `ends-of-${stage.name}`,
    positionOf: async () => null,
  });
  const ends = new Map<number, bigint>();
  await new Promise<void>((resolve, reject) => {
    subscription.batches$.subscribe({
      next: (batch) => {
        ends.set(batch.partition, batch.highWatermark);
        if (ends.size === stage.partitions) resolve();
      },
      error: reject,
    });
  });
  await subscription.close();
  return ends;
}
