import { setTimeout as sleep } from 'node:timers/promises';
import { loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { monitorOf, sampleCase, sampleEvent, toSave } from '#test/store/sample-step.js';
import { onDatabase } from './archived-server.js';

const WITHIN_MS = 60_000;

/** One more event of a case, with its records, as a monitor saves it. */
async function save(writer: Writer, number: number): Promise<void> {
  const subject = `R${number % 3}`;
  const at = Date.now();
  const [loaded] = await loadCases(writer.pool, writer, [`feed-a/${subject}`]);
  await saveStep(writer, {
    ...emptyStep('monitor', at),
    events: [toSave(sampleEvent(subject, `e${number}`, { receivedAt: at }), BigInt(number))],
    cases: [sampleCase(subject, loaded?.version ?? 0, { asOf: at })],
  });
}

/** Events of cases with their records, one transaction each. */
export async function saveMany(url: string, from: number, count: number): Promise<void> {
  const writer = monitorOf(url);
  try {
    for (let number = from; number < from + count; number += 1) await save(writer, number);
  } finally {
    await closeWriter(writer);
  }
}

/** @throws Error where it takes more than a minute */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + WITHIN_MS;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`not within ${WITHIN_MS} ms: ${condition}`);
    await sleep(50);
  }
}

/** Waits until every record is under a complete checkpoint. */
export function untilSigned(url: string): Promise<number> {
  return onDatabase(url, async (client) => {
    let size = 0;
    await until(async () => {
      const { rows } = await client.query<{ records: number; signed: number }>(
        `select (select count(*)::int from audit_record) as records,
           (select coalesce(max(size), 0)::int from audit_checkpoint where complete) as signed`,
      );
      size = rows[0]?.signed ?? 0;
      return size > 0 && size === rows[0]?.records;
    });
    return size;
  });
}
