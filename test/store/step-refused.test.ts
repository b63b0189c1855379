import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KnownEventError, StaleCaseError, StalePositionError } from '#store/errors.js';
import { findIdentities, loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import { loadPositions } from '#store/stream-positions.js';
import { AT, fullStep, rowCounts, sampleCase, sampleEvent, toSave } from './sample-step.js';
import { laterStep, useStepDesk } from './step-desk.js';

const desk = useStepDesk();

describe('saveStep', () => {
  it('refuses a step that does not begin where the partition stands, and saves nothing of it', async () => {
    await saveStep(desk.writer, fullStep(0n));
    const before = await rowCounts(desk.writer);
    await expect(saveStep(desk.writer, fullStep(0n))).rejects.toThrow(StalePositionError);
    await expect(saveStep(desk.writer, fullStep(0n))).rejects.toThrow(
      'stands at offset 4, not at 0',
    );
    await expect(saveStep(desk.writer, { ...fullStep(5n), cases: [] })).rejects.toThrow(
      StalePositionError,
    );
    expect(await rowCounts(desk.writer)).toEqual(before);
  });

  it('never moves consumed-through back', async () => {
    const advance = {
      topic: 't',
      partition: 1,
      fromOffset: 7n,
      nextOffset: 8n,
      consumedThrough: AT,
    };
    await saveStep(desk.writer, laterStep({ stream: advance }));
    await saveStep(
      desk.writer,
      laterStep({
        stream: { ...advance, fromOffset: 8n, nextOffset: 9n, consumedThrough: AT - 1 },
      }),
    );
    expect(await loadPositions(desk.writer.pool, 't')).toMatchObject([
      { nextOffset: 9n, consumedThrough: AT },
    ]);
  });

  it('refuses a case that was changed after it was loaded', async () => {
    await saveStep(desk.writer, fullStep(0n));
    const before = await rowCounts(desk.writer);
    const tick = laterStep({ cases: [sampleCase('SP1', 0)] });
    await expect(saveStep(desk.writer, tick)).rejects.toThrow(StaleCaseError);
    await expect(
      saveStep(desk.writer, laterStep({ cases: [sampleCase('SP1', 2)] })),
    ).rejects.toThrow('feed-a/SP1');
    await expect(
      saveStep(desk.writer, laterStep({ cases: [sampleCase('SP9', 1)] })),
    ).rejects.toThrow(StaleCaseError);
    expect(await rowCounts(desk.writer)).toEqual(before);
    await saveStep(desk.writer, laterStep({ cases: [sampleCase('SP1', 1)] }));
  });

  it('leaves a duplicate without effect and keeps other bytes as a new version', async () => {
    await saveStep(desk.writer, fullStep(0n));
    const again = { ...toSave(sampleEvent('SP1', 'e1'), 4n), outcome: 'duplicate' as const };
    const before = await rowCounts(desk.writer);
    expect(
      await saveStep(desk.writer, laterStep({ events: [again], cases: [sampleCase('SP1', 1)] })),
    ).toMatchObject({ events: 0, auditRecords: 0 });
    expect(await rowCounts(desk.writer)).toEqual(before);
    const other = sampleEvent('SP1', 'e1', {
      dataVersion: 2,
      rawDigest: hash('sha256', 'other bytes', 'hex'),
    });
    await saveStep(
      desk.writer,
      laterStep({ events: [toSave(other, 5n, 'other bytes')], cases: [sampleCase('SP1', 2)] }),
    );
    const known = await findIdentities(desk.writer.pool, [
      other,
      { source: 'feed-a', id: 'never' },
    ]);
    expect([...known.values()]).toEqual([
      [sampleEvent('SP1', 'e1').rawDigest, other.rawDigest]
        .sort()
        .map((rawDigest) => ({ caseId: 'feed-a/SP1', rawDigest })),
    ]);
    const [loaded] = await loadCases(desk.writer.pool, desk.writer, ['feed-a/SP1']);
    expect(
      loaded?.content === 'as-known'
        ? null
        : loaded?.content.events.map((event) => event.dataVersion).sort(),
    ).toEqual([1, 1, 2]);
  });

  it('refuses an event that somebody else has saved meanwhile, as an event to be looked up again', async () => {
    await saveStep(desk.writer, fullStep(0n));
    const before = await rowCounts(desk.writer);
    const moved = { ...sampleEvent('SP1', 'e1'), caseId: 'other-authority/SP1' };
    await expect(
      saveStep(
        desk.writer,
        laterStep({
          events: [toSave(moved, 4n)],
          cases: [{ ...sampleCase('SP1', 0), caseId: moved.caseId }],
        }),
      ),
    ).rejects.toThrow(KnownEventError);
    expect(await rowCounts(desk.writer)).toEqual(before);
  });
});
