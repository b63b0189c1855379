import { describe, expect, it } from '@jest/globals';
import { loadCoverage, loadReferences } from '#store/known-facts.js';
import { loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import type { StepToSave } from '#store/step-to-save.js';
import { closeWriter, openWriter } from '#store/writer.js';
import { AT, fullStep, MASTER_KEY } from './sample-step.js';
import { laterStep, useStepDesk } from './step-desk.js';

const desk = useStepDesk();

describe('saveStep', () => {
  it('stores received bytes so that only the key of the case opens them', async () => {
    await saveStep(desk.writer, fullStep(0n));
    const { rows } = await desk.admin.query('select sealing, sealed from event');
    for (const row of rows) {
      expect(row.sealing).toBe(1);
      expect(row.sealed.includes('原文')).toBe(false);
    }
    const withoutKey = openWriter({
      url: desk.database.url,
      role: 'mingcha_monitor',
      masterKey: null,
    });
    const withOther = openWriter({
      url: desk.database.url,
      role: 'mingcha_monitor',
      masterKey: Buffer.alloc(32, 8),
    });
    await expect(loadCases(withoutKey.pool, withoutKey, ['feed-a/SP1'])).rejects.toThrow(
      'MINGCHA_MASTER_KEY is not set',
    );
    await expect(loadCases(withOther.pool, withOther, ['feed-a/SP1'])).rejects.toThrow(
      'do not open',
    );
    await desk.admin.query(
      `set session_replication_role = replica;
       update case_key set secret = null, destroyed_at = now() where case_id = 'feed-a/SP1';
       set session_replication_role = origin`,
    );
    const [erased] = await loadCases(desk.writer.pool, desk.writer, ['feed-a/SP1']);
    expect(erased?.content).toMatchObject({
      erased: true,
      events: [],
      frozen: { reason: 'erased', regionCode: '130602', itemCode: 'XK-01', open: true },
    });
    await closeWriter(withoutKey);
    await closeWriter(withOther);
    expect(MASTER_KEY).toHaveLength(32);
  });
});

describe('what is known from when', () => {
  const fact = fullStep(0n).references[0] as StepToSave['references'][number];

  it('keeps both versions of a reference fact, each known for its time, in whatever order they come', async () => {
    const later = { ...fact, digest: 'bb', knownFrom: AT + 1000, body: { name: 'corrected' } };
    await saveStep(desk.writer, laterStep({ references: [later] }));
    await saveStep(desk.writer, laterStep({ references: [fact, fact] }));
    const names = async (at: number) =>
      (await loadReferences(desk.writer.pool, at)).map((known) => known.body);
    expect(await names(AT - 1)).toEqual([]);
    expect(await names(AT)).toEqual([fact.body]);
    expect(await names(AT + 999)).toEqual([fact.body]);
    expect(await names(AT + 1000)).toEqual([later.body]);
    expect(await loadReferences(desk.writer.pool, AT)).toEqual([
      { ...fact, validFrom: '2025-01-01', validTo: null },
    ]);
  });

  it('merges coverage: never back, counts added, gaps opened and closed, the past readable', async () => {
    const base = { source: 'feed-a', late: 0, quarantined: 0 };
    await saveStep(
      desk.writer,
      laterStep({ coverage: [{ ...base, evaluatedThrough: AT, late: 2, at: AT }] }),
    );
    await saveStep(
      desk.writer,
      laterStep({
        coverage: [{ ...base, evaluatedThrough: AT - 5, quarantined: 1, at: AT + 1000 }],
      }),
    );
    expect(await loadCoverage(desk.writer.pool)).toEqual([
      { source: 'feed-a', evaluatedThrough: AT, gap: null, late: 2, quarantined: 1, knownFrom: AT },
    ]);
    await saveStep(
      desk.writer,
      laterStep({
        coverage: [
          { ...base, evaluatedThrough: null, gap: { from: AT, reason: 'silent' }, at: AT + 2000 },
        ],
      }),
    );
    await saveStep(
      desk.writer,
      laterStep({ coverage: [{ ...base, evaluatedThrough: AT + 3000, gap: null, at: AT + 4000 }] }),
    );
    const at = async (instant: number) =>
      (await loadCoverage(desk.writer.pool, instant)).map((row) => row.gap);
    expect(await at(AT + 1999)).toEqual([null]);
    expect(await at(AT + 2000)).toEqual([{ from: AT, reason: 'silent' }]);
    expect(await at(AT + 4000)).toEqual([null]);
    expect(await loadCoverage(desk.writer.pool)).toMatchObject([
      { evaluatedThrough: AT + 3000, late: 2, quarantined: 1 },
    ]);
  });
});
