import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RuleSource } from '#core/rule/rule.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { overdueRules } from '../../apps/api/situation/overdue-rules.js';
import { monitorOf } from '../store/sample-step.js';
import { ApiServer } from './api-server.js';
import { judgeInbox } from './judge-inbox.js';
import { breaches } from './schema-check.js';
import { pausedCase, sentEvent } from './sent-events.js';

/** 2025-06-10 00:00 in China: P-1 and P-2 come near their promised limit (time.md example 6). */
const NINTH_DAY = Date.parse('2025-06-10T00:00:00+08:00');
const AGENCY = '11130602MB1234567P';

const CITY = `
anyFeed: true
feeds:
  - { source: feed-silent, agreedDelayHours: 48 }
regions:
  - { regionCode: '130606', name: 莲池区 }
units:
  - { unitCode: ${AGENCY}, name: 莲池区行政审批局 }
`;

interface Figure {
  name: string;
  value: number;
  base: number;
  baseText: string;
  byLevel: { level: string; count: number }[] | null;
  list: 'alerts' | 'cases';
  query: Record<string, string>;
}

interface Situation {
  asOf: string;
  today: string;
  from: string;
  held: number;
  stale: boolean;
  coverageText: string;
  figures: Figure[];
  query: Record<string, string>;
  days: { date: string; until: string; notice: number; yellow: number; red: number }[];
  matrix: {
    rules: { ruleId: string; ruleName: string; count: number }[];
    units: { unitCode: string; unitName: string; count: number }[];
    cells: { ruleId: string; unitCode: string; count: number }[];
    total: number;
  };
}

interface Row {
  caseId: string;
  [field: string]: unknown;
}

let api: ApiServer;
let writer: Writer;

/**
 * P-1 is near its limit, P-2 the same from a feed that fell silent (held), P-3 had a demand beyond the list, P-4 is P-1 as
 * test data, P-5 was decided in time. The present is the tick, since the API reads record time.
 */
beforeAll(async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'mingcha-city-')), 'city.yaml');
  writeFileSync(file, CITY);
  api = await ApiServer.start({ MINGCHA_RECORD_TIME: 'true', MINGCHA_CITY: file });
  writer = monitorOf(api.database.url);
  const data = { extraDemand: '另交户口簿' };
  const tests = pausedCase('P-4').map((event) => ({
    ...event,
    data: { ...(event.data as object), isTest: true },
  }));
  const events = [
    ...pausedCase('P-1'),
    ...pausedCase('P-2', 'feed-silent'),
    sentEvent('approval.received', { id: 'P-3-1', subject: 'P-3', at: '2025-06-06', data }),
    ...tests,
    ...pausedCase('P-5'),
    sentEvent('approval.decided', { id: 'P-5-8', subject: 'P-5', at: '2025-06-06' }),
  ];
  const answer = await api.post(JSON.stringify(events), { 'content-type': 'application/json' });
  expect(answer.body).toMatchObject({ accepted: events.length });
  const rules = join(import.meta.dirname, 'rules');
  const { url } = api.database;
  await judgeInbox({ url, writer, rules, asOf: NINTH_DAY, covered: ['feed-a'] });
});

afterAll(async () => {
  await closeWriter(writer);
  await api.stop();
});

const situation = async (query = '', language = 'zh') => {
  const answer = await api.get(`/v1/situation${query}`, { 'accept-language': language });
  expect(breaches('get', '/v1/situation', answer)).toEqual([]);
  return answer.body as Situation;
};

/** Every row of a list, page by page. */
async function rowsOf(list: string, query: Record<string, string>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const asked: URLSearchParams = new URLSearchParams({ ...query, limit: '2' });
    if (cursor !== '') asked.set('cursor', cursor);
    const answer = await api.get(`/v1/${list}?${asked}`);
    expect(answer.status).toBe(200);
    const page = answer.body as { items: Row[]; next: string | null };
    rows.push(...page.items);
    cursor = page.next;
  }
  return rows;
}

describe('GET /v1/situation', () => {
  it('speaks of the instant through which a simulation was read', async () => {
    const found = await situation();
    expect(found).toMatchObject({ today: '2025-06-10', from: '2024-06-11', stale: false });
    expect(Date.parse(found.asOf)).toBe(NINTH_DAY);
  });

  it('counts cases and alerts without test data, by level, each beside its base', async () => {
    const { figures, held } = await situation();
    const figure = (name: string) => figures.find((one) => one.name === name);
    expect(figure('in-progress')).toMatchObject({ value: 3, base: 4, list: 'cases' });
    expect(figure('raised-today')).toMatchObject({
      value: 1,
      base: 2,
      baseText: '占已发出的 2 条预警',
      byLevel: [{ level: 'yellow', count: 1 }],
    });
    expect(figure('standing-yellow')).toMatchObject({ value: 1, base: 2 });
    expect(figure('standing-red')).toMatchObject({ value: 0, base: 2 });
    expect(figure('held')).toMatchObject({ value: 1, base: 3 });
    expect(figure('retracted')).toMatchObject({ value: 0 });
    expect(held).toBe(1);
  });

  it('opens with each figure exactly the rows that it counts', async () => {
    const { figures } = await situation();
    for (const { name, list, query, value } of figures)
      expect([name, (await rowsOf(list, query)).length]).toEqual([name, value]);
  });

  it('opens with each day and each cell exactly the alerts that it counts', async () => {
    const { query, days, matrix } = await situation('?period=year');
    expect(days.map(({ date }) => date)).toEqual(['2025-06-06', '2025-06-10']);
    for (const { date, until, notice, yellow, red } of days) {
      const rows = await rowsOf('alerts', { ...query, since: date, until });
      expect([date, rows.length]).toEqual([date, notice + yellow + red]);
    }
    expect(matrix.total).toBe(2);
    expect(matrix.cells.length).toBe(2);
    for (const { ruleId, unitCode, count } of matrix.cells) {
      const rows = await rowsOf('alerts', { ...query, rule: ruleId, unit: unitCode });
      expect([ruleId, rows.length]).toEqual([ruleId, count]);
    }
    for (const { ruleId, count } of matrix.rules)
      expect((await rowsOf('alerts', { ...query, rule: ruleId })).length).toBe(count);
    for (const { unitCode, count } of matrix.units)
      expect((await rowsOf('alerts', { ...query, unit: unitCode })).length).toBe(count);
  });

  it('names rules and agencies, and the state of the sources', async () => {
    const { matrix, coverageText } = await situation();
    expect(matrix.rules).toContainEqual({ ruleId: 'TA-02', ruleName: '清单外要求', count: 1 });
    expect(matrix.units).toEqual([{ unitCode: AGENCY, unitName: '莲池区行政审批局', count: 2 }]);
    expect(coverageText).toBe(
      '2 个来源中 1 个已评估至 2025-06-10 00:00;其余 1 个断流、有缺口或从未收到,与之有关的数字可能偏低。',
    );
    const english = await situation('?period=month', 'en');
    const { figures } = english;
    expect(JSON.stringify([figures, english.coverageText])).not.toMatch(/\p{Script=Han}/u);
    expect(english.from).toBe('2025-05-11');
  });

  it('refuses another period', async () => {
    const answer = await api.get('/v1/situation?period=century');
    expect(answer.status).toBe(400);
    expect(breaches('get', '/v1/situation', answer)).toEqual([]);
  });
});

describe('what is to be done about an alert', () => {
  it('is to be signed for one working day after it went out, counted by the calendar', async () => {
    // Raised on Friday 2025-06-06: the working day after it is Monday.
    const [demand] = await rowsOf('alerts', { rule: 'TA-02' });
    expect(demand).toMatchObject({ dueOn: '2025-06-09', dueText: '签收期限 2025-06-09' });
    const [near] = await rowsOf('alerts', { case: 'feed-a/P-1' });
    expect(near).toMatchObject({ dueOn: '2025-06-11' });
  });

  it('is nothing while it is held or silenced', async () => {
    const [held] = await rowsOf('alerts', { held: 'true' });
    expect(held).toMatchObject({ dueOn: null, dueText: '—' });
    const [silenced] = await rowsOf('alerts', { test: 'true' });
    expect(silenced).toMatchObject({ state: 'silenced', dueOn: null, dueText: '—' });
  });

  it('is told with the names of region, agency and recipient', async () => {
    const [near] = await rowsOf('alerts', { case: 'feed-a/P-1' });
    expect(near).toMatchObject({ regionName: '莲池区', agencyName: '莲池区行政审批局' });
    expect(near).toMatchObject({ recipientName: '莲池区行政审批局', itemName: null });
    const answer = await api.get(`/v1/alerts/${near?.alertId}`);
    expect(breaches('get', '/v1/alerts/{alertId}', answer)).toEqual([]);
    expect(answer.body).toMatchObject({ alert: { regionName: '莲池区', dueOn: '2025-06-11' } });
    const found = await api.get(`/v1/cases/${encodeURIComponent('feed-a/P-1')}`);
    expect(breaches('get', '/v1/cases/{caseId}', found)).toEqual([]);
    expect(found.body).toMatchObject({ regionName: '莲池区', agencyName: '莲池区行政审批局' });
  });
});

describe('GET /v1/cases', () => {
  const ids = async (query: Record<string, string>) =>
    (await rowsOf('cases', query)).map(({ caseId }) => caseId);

  it('lists cases with their names and their alerts', async () => {
    const answer = await api.get('/v1/cases');
    expect(breaches('get', '/v1/cases', answer)).toEqual([]);
    expect((answer.body as { items: Row[] }).items[0]).toMatchObject({
      caseId: 'feed-a/P-1',
      agencyName: '莲池区行政审批局',
      regionName: '莲池区',
      openState: 'open',
      openText: '在办',
      alerts: 1,
    });
  });

  it.each<[Record<string, string>, string[]]>([
    [{}, ['feed-a/P-1', 'feed-a/P-3', 'feed-a/P-5', 'feed-silent/P-2']],
    [{ open: 'false' }, ['feed-a/P-5']],
    [{ open: 'true', region: '1306' }, ['feed-a/P-1', 'feed-a/P-3', 'feed-silent/P-2']],
    [{ region: '1307' }, []],
    [{ unit: AGENCY, case: 'feed-a/P-3' }, ['feed-a/P-3']],
    [{ unit: 'nobody' }, []],
    [{ item: 'no-item' }, []],
    [{ test: 'true' }, ['feed-a/P-4']],
  ])('filters by %j', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('sorts by what is due next, cases without any left out', async () => {
    const rows = await rowsOf('cases', { sort: 'nextDueAt' });
    const due = rows.map(({ nextDueAt }) => Date.parse(String(nextDueAt)));
    expect(rows.length).toBeGreaterThan(0);
    expect(due).toEqual([...due].sort((a, b) => a - b));
    expect(rows.map(({ caseId }) => caseId)).toContain('feed-a/P-1');
  });

  it.each(['open=maybe', 'sort=alerts', 'limit=0', 'cursor=x', 'colour=red', 'case=a&case=b'])(
    'refuses ?%s',
    async (query) => {
      const answer = await api.get(`/v1/cases?${query}`);
      expect(answer.status).toBe(400);
      expect(breaches('get', '/v1/cases', answer)).toEqual([]);
    },
  );
});

describe('GET /v1/coverage', () => {
  it('says how far each source lies behind the present', async () => {
    const answer = await api.get('/v1/coverage');
    expect(breaches('get', '/v1/coverage', answer)).toEqual([]);
    expect(answer.body).toMatchObject({
      asOf: new Date(NINTH_DAY).toISOString(),
      items: [
        { source: 'feed-a', state: 'current', delayMinutes: 0, agreedDelayHours: 24 },
        {
          source: 'feed-silent',
          state: 'unheard',
          stateText: '从未收到',
          delayMinutes: null,
          delayText: '—',
          agreedDelayHours: 48,
        },
      ],
    });
  });
});

describe('rules that say a limit is over', () => {
  it('are those whose cards all stand after the limit', () => {
    const { sources } = loadRulebook([packFolder('approval')]);
    const found = overdueRules(sources);
    // OD-01 warns, OD-13 and OD-24 are no limits, OD-17 is a notice only (rules.md section 3).
    for (const id of ['OD-01', 'OD-13', 'OD-17', 'OD-24']) expect(found).not.toContain(id);
    for (const id of ['OD-02', 'OD-03', 'OD-05', 'OD-06', 'OD-09', 'OD-15', 'OD-18'])
      expect(found).toContain(id);
    expect(found.every((id) => id.startsWith('OD-'))).toBe(true);
    expect(overdueRules([] as RuleSource[])).toEqual([]);
  });
});
