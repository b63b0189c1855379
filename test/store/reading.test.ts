import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { AlertRepository } from '#store/alert.repository.js';
import { FEED_START, feedEnd, listenForAlerts, readFeed } from '#store/alert-feed.js';
import { CaseRepository } from '#store/case.repository.js';
import { claimReleasable } from '#store/claim-cases.js';
import { makeDataSource } from '#store/data-source.js';
import { QuarantineRepository } from '#store/quarantine.repository.js';
import { saveStep, saveStepIn } from '#store/save-step.js';
import { emptyStep, type StepToSave } from '#store/step-to-save.js';
import { withTransaction } from '#store/transaction.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import {
  AT,
  fullStep,
  monitorOf,
  raised,
  STORE,
  sampleAlert,
  sampleCase,
  sampleFinding,
} from './sample-step.js';

let database: TestDatabase;
let writer: Writer;
let source: DataSource;

beforeAll(async () => {
  database = await createDatabase(STORE);
  writer = monitorOf(database.url);
  source = makeDataSource({ url: database.url, role: 'mingcha_api' });
  await source.initialize();
  await saveStep(writer, fullStep(0n));
});

afterAll(async () => {
  await source.destroy();
  await closeWriter(writer);
  await database.drop();
});

function alertStep(
  subjects: readonly string[],
  changes: { at?: number; level?: 'notice' | 'red'; regionCode?: string } = {},
): StepToSave {
  const at = changes.at ?? AT;
  const findings = subjects.map((subject) =>
    sampleFinding(subject, { level: changes.level ?? 'red' }),
  );
  return {
    ...emptyStep('monitor', AT),
    cases: subjects.map((subject) => sampleCase(subject, 0)),
    changes: findings.map((finding) => ({ caseId: finding.subject, change: raised(finding) })),
    alerts: findings.map((finding) => {
      const alert = sampleAlert(finding, { at });
      return { ...alert, after: { ...alert.after, regionCode: changes.regionCode ?? '130602' } };
    }),
  };
}

describe('AlertRepository', () => {
  it('pages through alerts newest first without losing or repeating one, while new ones come', async () => {
    const alerts = new AlertRepository(source);
    const subjects = Array.from({ length: 25 }, (_, index) => `P${index}`);
    for (const [index, subject] of subjects.entries()) {
      await saveStep(
        writer,
        alertStep([subject], { at: AT + 1000 + Math.floor(index / 4), regionCode: '130900' }),
      );
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await alerts.list(
        { regionPrefix: '1309' },
        { limit: 4, ...(cursor === undefined ? {} : { cursor }) },
      );
      seen.push(...page.items.map((item) => item.alert.caseId));
      if (seen.length === 8)
        await saveStep(writer, alertStep(['P-new'], { at: AT + 99_000, regionCode: '130900' }));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect([...seen].sort()).toEqual(subjects.map((subject) => `feed-a/${subject}`).sort());
    await expect(alerts.list({}, { limit: 4, cursor: 'bm9uc2Vuc2U' })).rejects.toThrow(RangeError);
  });

  it('filters', async () => {
    const alerts = new AlertRepository(source);
    await saveStep(writer, alertStep(['F1'], { level: 'notice', regionCode: '110101' }));
    const ids = async (filter: Parameters<AlertRepository['list']>[0]) =>
      (await alerts.list(filter, { limit: 100 })).items.map((item) => item.alert.caseId);
    expect(await ids({ regionPrefix: '11', levels: ['notice'] })).toEqual(['feed-a/F1']);
    expect(await ids({ regionPrefix: '11', levels: ['red', 'yellow'] })).toEqual([]);
    expect(await ids({ held: true })).toEqual(['feed-a/SP1']);
    expect(await ids({ caseId: 'feed-a/F1', ruleIds: ['OD-02'], states: ['raised'] })).toEqual([
      'feed-a/F1',
    ]);
    expect(await ids({ regionPrefix: '11', from: AT + 1 })).toEqual([]);
    expect(await ids({ regionPrefix: '11', isTest: true })).toEqual([]);
    expect(await alerts.countByLevel({ regionPrefix: '11' })).toEqual({ notice: 1 });
  });

  it('gives one alert with its explanation, history and records', async () => {
    const alerts = new AlertRepository(source);
    const alertId = fullStep(0n).alerts[0]?.alertId ?? '';
    expect(await alerts.byId(alertId)).toMatchObject({
      alert: { alertId, held: true, firstAt: new Date(AT) },
      finding: { explanation: { key: 'od-02', params: { used: 21 } } },
      findingHistory: [{ kind: 'raised', changeNo: 1, at: AT }],
      events: [{ kind: 'held', reason: 'coverage', actor: 'monitor' }],
      auditRecords: [{ action: 'alert.held' }],
      othersOfCase: [],
    });
    expect(await alerts.byId('no such alert')).toBeNull();
  });
});

describe('CaseRepository', () => {
  it('gives the events of a case with the bytes as received', async () => {
    const cases = new CaseRepository(source, writer.keys);
    const timeline = await cases.timeline('feed-a/SP1');
    expect(
      timeline?.entries.map((entry) => [entry.event.id, entry.raw.toString('utf8'), entry.offset]),
    ).toEqual([
      ['e1', 'raw of e1 原文', 0n],
      ['e2', 'raw of e2 原文', 1n],
    ]);
    expect(timeline?.findingHistory.map((entry) => entry.kind)).toEqual(['raised']);
    expect(timeline?.auditRecords.map((record) => record.action)).toEqual([
      'event.accepted',
      'event.accepted',
      'finding.raised',
    ]);
    expect(await cases.findings('feed-a/SP1')).toEqual([sampleFinding('SP1')]);
    expect(await cases.timeline('feed-a/none')).toBeNull();
  });
});

describe('QuarantineRepository', () => {
  it('lists by state', async () => {
    const quarantine = new QuarantineRepository(source);
    expect((await quarantine.list({ state: 'waiting' }, { limit: 10 })).items).toMatchObject([
      { quarantineId: 'mingcha.events/0/3', reason: 'not-json' },
    ]);
    expect((await quarantine.list({ state: 'released' }, { limit: 10 })).items).toEqual([]);
  });
});

describe('held alerts', () => {
  it('are found by source once it is covered through their deadline', async () => {
    const claim = (of: string, coveredThrough: number) =>
      withTransaction(writer, (client) =>
        claimReleasable(client, { source: of, coveredThrough, limit: 10 }),
      );
    expect(await claim('feed-a', AT + 999)).toEqual([]);
    expect(await claim('feed-b', AT + 1000)).toEqual([]);
    expect(await claim('feed-a', AT + 1000)).toEqual(['feed-a/SP1']);
  });

  it('are left while they still wait for another source', async () => {
    const finding = sampleFinding('H1');
    const alert = sampleAlert(finding, { kind: 'held' });
    const awaited = ['h-a', 'h-b'].map((source) => ({ source, until: AT + 1000 }));
    await saveStep(writer, {
      ...alertStep(['H1']),
      alerts: [{ ...alert, after: { ...alert.after, state: 'held', held: true, awaited } }],
    });
    const claim = () =>
      withTransaction(writer, (client) =>
        claimReleasable(client, { source: 'h-a', coveredThrough: AT + 1000, limit: 10 }),
      );
    const coverage = { source: 'h-b', evaluatedThrough: AT + 999, late: 0, quarantined: 0, at: AT };
    await saveStep(writer, { ...emptyStep('monitor', AT), coverage: [coverage] });
    expect(await claim()).toEqual([]);
    await saveStep(writer, {
      ...emptyStep('monitor', AT),
      coverage: [{ ...coverage, evaluatedThrough: AT + 1000 }],
    });
    expect(await claim()).toEqual(['feed-a/H1']);
  });
});

/** Resolves once no open transaction of the shared server holds anything of the feed back. */
async function settled(): Promise<void> {
  while ((await readFeed(writer.pool, FEED_START, 1_000)).waiting) await wait(20);
}

describe('the alert feed', () => {
  it('skips nothing where an older transaction commits after a newer one', async () => {
    await settled();
    const start = await feedEnd(writer.pool);
    const read = async (after: string) => readFeed(writer.pool, after, 100);
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = (): void => undefined;
    const inside = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = withTransaction(writer, async (client) => {
      await saveStepIn(client, writer, alertStep(['L1']));
      begun();
      await gate;
    });
    await inside;
    await saveStep(writer, alertStep(['L2']));
    const early = await read(start);
    expect(early).toEqual({ events: [], cursor: start, waiting: true });
    release();
    await slow;
    await settled();
    const late = await read(early.cursor);
    expect(late.waiting).toBe(false);
    expect(late.events.map((event) => event.alertId)).toEqual(
      ['L1', 'L2'].map((subject) => sampleAlert(sampleFinding(subject)).alertId),
    );
    expect((await read(late.cursor)).events).toEqual([]);
    await expect(read('yesterday')).rejects.toThrow(RangeError);
  });

  it('gives everything from the start in pages, each event once', async () => {
    await settled();
    const seen: string[] = [];
    let cursor = FEED_START;
    for (;;) {
      const page = await readFeed(writer.pool, cursor, 3);
      if (page.events.length === 0) break;
      seen.push(...page.events.map((event) => event.cursor));
      cursor = page.cursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    const { rows } = await writer.pool.query('select count(*)::int as n from alert_event');
    expect(rows).toEqual([{ n: seen.length }]);
  });

  it('is announced when the transaction commits', async () => {
    let told = 0;
    let tell = (): void => undefined;
    const once = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const stop = await listenForAlerts(
      writer.pool,
      () => {
        told += 1;
        tell();
      },
      (error) => {
        throw error;
      },
    );
    await expect(saveStep(writer, alertStep(['P1']))).rejects.toThrow();
    await saveStep(writer, alertStep(['N1', 'N2']));
    await once;
    expect(told).toBe(1);
    await stop();
  });
});
