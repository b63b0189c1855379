import type { Instant } from '#core/event/event.js';
import { loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { loadPositions } from '#store/stream-positions.js';
import { closeWriter, type Writer } from '#store/writer.js';
import {
  AT,
  monitorOf,
  raised,
  sampleAlert,
  sampleCase,
  sampleEvent,
  sampleFinding,
  toSave,
} from './sample-step.js';

const TOPIC = 'walk';
const BATCH = 10;
const CASES = 4;

/** Everything about a batch follows from its first offset, so that any two walks must end the same. */
async function saveBatch(writer: Writer, from: number): Promise<void> {
  const at: Instant = AT + from * 1000;
  const subjects = Array.from(
    { length: CASES },
    (_, index) => `W${(Math.floor(from / BATCH) + index) % 9}`,
  );
  const loaded = await loadCases(
    writer.pool,
    writer,
    subjects.map((subject) => `feed-a/${subject}`),
  );
  const findings = subjects
    .slice(0, 1)
    .map((subject) => sampleFinding(subject, { occurrence: String(from), id: `f${from}` }));
  await saveStep(writer, {
    ...emptyStep('monitor', at),
    stream: {
      topic: TOPIC,
      partition: 0,
      fromOffset: BigInt(from),
      nextOffset: BigInt(from + BATCH),
      consumedThrough: at,
    },
    events: Array.from({ length: BATCH }, (_, index) =>
      toSave(
        sampleEvent(subjects[index % CASES] as string, `e${from + index}`, { receivedAt: at }),
        BigInt(from + index),
      ),
    ),
    cases: subjects.map((subject, index) =>
      sampleCase(subject, loaded[index]?.version ?? 0, { asOf: at }),
    ),
    changes: findings.map((finding) => ({ caseId: finding.subject, change: raised(finding) })),
    alerts: findings.map((finding) => sampleAlert(finding, { at })),
    messages: findings.map((finding) => ({
      messageId: finding.id,
      channel: 'alert-topic',
      key: finding.id,
      payload: {},
      notBefore: at,
    })),
  });
}

/** Saves batches from wherever the position stands until it stands at `end`. */
export async function walk(url: string, end: number): Promise<void> {
  const writer = monitorOf(url);
  try {
    const [position] = await loadPositions(writer.pool, TOPIC);
    for (let from = Number(position?.nextOffset ?? 0n); from < end; from += BATCH) {
      await saveBatch(writer, from);
    }
  } finally {
    await closeWriter(writer);
  }
}
