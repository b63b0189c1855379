import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { approveErasure, requestErasure } from '#store/keeping/erasure.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { createApp } from '../../apps/api/server/create-app.js';
import { Resources } from '../../apps/api/server/resources.js';
import { monitorOf } from '../store/sample-step.js';
import { type Answer, ApiServer } from './api-server.js';
import { judgeInbox } from './judge-inbox.js';
import { breaches } from './schema-check.js';
import { pausedCase, sentEvent } from './sent-events.js';

/** 2025-06-10 00:00 in China: the ninth of ten promised days begins (time.md example 6). */
const NINTH_DAY = Date.parse('2025-06-10T00:00:00+08:00');

interface Alert {
  alertId: string;
  caseId: string;
  level: string;
  state: string;
  ruleId: string;
  reason: string;
  firstAt: string;
}

let api: ApiServer;
let writer: Writer;

/**
 * From record to answer: events are posted, judged as a monitor does, and read back. Case P-1 is example 6 of time.md
 * with its feed heard through the tick; P-2 is the same from a feed that fell silent; P-3 has a demand beyond the list;
 * P-4 is P-1 as test data; P-5 was decided in time.
 */
beforeAll(async () => {
  api = await ApiServer.start();
  writer = monitorOf(api.database.url);
  const decided = sentEvent('approval.decided', { id: 'P-5-8', subject: 'P-5', at: '2025-06-06' });
  const tests = pausedCase('P-4').map((event) => ({
    ...event,
    data: { ...(event.data as object), isTest: true },
  }));
  const events = [
    ...pausedCase('P-1'),
    ...pausedCase('P-2', 'feed-silent'),
    sentEvent('approval.received', {
      id: 'P-3-1',
      subject: 'P-3',
      at: '2025-06-02',
      data: { extraDemand: '另交 户口簿(持有人130602198801011234)' },
    }),
    ...tests,
    ...pausedCase('P-5'),
    decided,
    { broken: true, source: 'feed-a' },
  ];
  const answer = await api.post(JSON.stringify(events), { 'content-type': 'application/json' });
  expect(answer.body).toMatchObject({ accepted: events.length - 1, quarantined: 1 });
  await judgeInbox({
    url: api.database.url,
    writer,
    rules: join(import.meta.dirname, 'rules'),
    asOf: NINTH_DAY,
    covered: ['feed-a'],
  });
});

afterAll(async () => {
  await closeWriter(writer);
  await api.stop();
});

const listed = async (query: string) =>
  ((await api.get(`/v1/alerts${query}`)).body as { items: Alert[] }).items;
const idsOf = (alerts: readonly Alert[]) =>
  alerts.map(({ caseId, ruleId }) => `${caseId} ${ruleId}`).sort();
const alertOf = async (caseId: string, rule: string) =>
  (await listed(`?case=${encodeURIComponent(caseId)}&rule=${rule}`))[0] as Alert;

describe('GET /v1/alerts', () => {
  it('lists alerts with one sentence of reason each, as the OpenAPI document says', async () => {
    const answer = await api.get('/v1/alerts');
    expect(breaches('get', '/v1/alerts', answer)).toEqual([]);
    expect(idsOf((answer.body as { items: Alert[] }).items)).toEqual([
      'feed-a/P-1 TA-01',
      'feed-a/P-3 TA-02',
      'feed-silent/P-2 TA-01',
    ]);
    const near = await alertOf('feed-a/P-1', 'TA-01');
    expect(near).toMatchObject({ level: 'yellow', state: 'raised' });
    expect(near.reason).toBe(
      '该办件于2025-05-12受理,承诺时限10个工作日(不含当日),最后一日为2025-06-11;自2025-06-10起临近期限,尚未完成。',
    );
    const english = await api.get('/v1/alerts?rule=TA-01&level=yellow', {
      'accept-language': 'en',
    });
    expect((english.body as { items: Alert[] }).items[0]?.reason).toBe(
      'From 2025-05-12 (acceptance), promised limit of 10 working days (that day not counted), last day 2025-06-11; near its end since 2025-06-10, not done yet.',
    );
  });

  it.each<[string, string[]]>([
    ['?level=notice', ['feed-a/P-3 TA-02']],
    ['?level=notice,red', ['feed-a/P-3 TA-02']],
    ['?level=notice&level=yellow&held=false', ['feed-a/P-1 TA-01', 'feed-a/P-3 TA-02']],
    ['?state=held', ['feed-silent/P-2 TA-01']],
    ['?held=true', ['feed-silent/P-2 TA-01']],
    ['?test=true', ['feed-a/P-4 TA-01']],
    ['?rule=TA-09', []],
    ['?region=1306&rule=TA-02', ['feed-a/P-3 TA-02']],
    ['?region=1307', []],
    ['?unit=11130602MB1234567P&rule=TA-02', ['feed-a/P-3 TA-02']],
    ['?unit=nobody', []],
    ['?item=000131013000&rule=TA-02', ['feed-a/P-3 TA-02']],
    ['?until=2025-06-03', ['feed-a/P-3 TA-02']],
    ['?since=2025-06-03', ['feed-a/P-1 TA-01', 'feed-silent/P-2 TA-01']],
    ['?since=2025-06-10T00:00:00%2B08:00', ['feed-a/P-1 TA-01', 'feed-silent/P-2 TA-01']],
    ['?since=2025-06-09T16:00:00.001Z', []],
  ])('filters by %s', async (query, expected) => {
    expect(idsOf(await listed(query))).toEqual(expected);
  });

  it('pages both ways by cursor, none lost and none twice', async () => {
    const all = await listed('?sort=-firstAt');
    for (const sort of ['-firstAt', 'firstAt']) {
      const seen: string[] = [];
      let cursor = '';
      for (;;) {
        const { body } = await api.get(`/v1/alerts?sort=${sort}&limit=1${cursor}`);
        const page = body as { items: Alert[]; next: string | null };
        seen.push(...page.items.map(({ alertId }) => alertId));
        if (page.next === null) break;
        cursor = `&cursor=${page.next}`;
      }
      const expected = all.map(({ alertId }) => alertId);
      expect(seen).toEqual(sort === 'firstAt' ? expected.reverse() : expected);
    }
  });

  it.each([
    'level=purple',
    'state=',
    'limit=0',
    'limit=201',
    'limit=1e3',
    'held=maybe',
    'since=yesterday',
    'since=2025-02-30',
    'since=2025-06-10T00:00:00',
    'sort=level',
    'colour=red',
    'case=a%00b',
    'case=%ED%A0%80',
    `unit=${'x'.repeat(400)}`,
    `rule=${Array.from({ length: 60 }, (_, n) => n).join()}`,
    'case=a&case=b',
    'cursor=nonsense',
    `cursor=${Buffer.from('9999999999999999 x').toString('base64url')}`,
    `cursor=${Buffer.from('1 a\u0000b').toString('base64url')}`,
  ])('refuses or reads ?%s without failing inside', async (query) => {
    const answer = await api.get(`/v1/alerts?${query}`);
    if (query === 'state=' || query === 'case=%ED%A0%80') expect(answer.status).toBeLessThan(500);
    else expect(answer.status).toBe(400);
    expect(breaches('get', '/v1/alerts', answer)).toEqual([]);
  });
});

describe('GET /v1/alerts/:alertId', () => {
  it('explains the alert: arithmetic, rule with articles, exceptions, evidence, history, records', async () => {
    const { alertId } = await alertOf('feed-a/P-1', 'TA-01');
    const answer = await api.get(`/v1/alerts/${alertId}`);
    expect(breaches('get', '/v1/alerts/{alertId}', answer)).toEqual([]);
    expect(answer.body).toMatchObject({
      alert: { alertId, level: 'yellow' },
      rule: {
        id: 'TA-01',
        version: 3,
        known: true,
        name: '承诺临期',
        points: 2,
        effectiveFrom: '2007-01-01',
        basis: [
          { law: '行政许可法 (2019)', article: '42', local: false },
          { law: '某市做法', article: '临期提醒', local: true },
        ],
      },
      exceptions: [
        { code: 'X2', by: 'clock', text: '依法停表' },
        { code: 'X4', by: 'when', text: '自动审批事项' },
        { code: 'X7', by: 'closing' },
        { code: 'X9', by: 'person', result: '数据无法证明,须由研判人员核实' },
      ],
      erased: false,
      findingHistory: [{ kind: 'raised', changeNo: 1 }],
      history: [{ kind: 'held', reason: 'coverage' }, { kind: 'released' }],
      auditRecords: [{ action: 'alert.held', entitySeq: 1, prev: null }, { entitySeq: 2 }],
    });
  });

  it('shows the evidence with its three times and personal data masked', async () => {
    const { alertId } = await alertOf('feed-a/P-3', 'TA-02');
    const { body, text } = await api.get(`/v1/alerts/${alertId}`);
    expect(body).toMatchObject({
      evidence: [
        {
          source: 'feed-a',
          id: 'P-3-1',
          versions: [
            {
              typeText: '收件',
              occurredAt: '2025-06-02T02:00:00.000Z',
              recordedAt: '2025-06-02T02:00:00.000Z',
              effective: true,
              operator: { staffNo: 'SP-0045', name: '钱*' },
              data: { extraDemand: '另交 户口簿(持有人****1234)' },
            },
          ],
        },
      ],
    });
    expect(text).not.toMatch(/钱芳|孙丽|130602198801011234/);
  });

  it('writes the whole tree in English without Chinese outside data and legal text', async () => {
    const { alertId } = await alertOf('feed-a/P-1', 'TA-01');
    const { body } = await api.get(`/v1/alerts/${alertId}`, { 'accept-language': 'en' });
    const { explanation, alert, rule } = body as {
      explanation: object;
      alert: Alert;
      rule: object;
    };
    const texts = [...JSON.stringify(explanation).matchAll(/"text":"([^"]*)"/g)].map(
      ([, one]) => one,
    );
    expect(texts.length).toBeGreaterThan(5);
    for (const one of [...texts, alert.reason]) expect(one).not.toMatch(/\p{Script=Han}/u);
    expect(rule).toMatchObject({ note: 'reference translation; the Chinese text prevails' });
  });

  it.each(['nothing', 'f'.repeat(64), 'F'.repeat(64), '%00', '..%2f..'])(
    'has no alert %s',
    async (id) => {
      const answer = await api.get(`/v1/alerts/${id}`);
      expect(answer.status).toBe(404);
      expect(breaches('get', '/v1/alerts/{alertId}', answer)).toEqual([]);
    },
  );
});

interface CaseAnswer {
  asOf: string;
  clocks: {
    name: string;
    state: string;
    startOn: string | null;
    lastOn: string | null;
    used: number | null;
    total: number | null;
    late: boolean;
    endedOn: string | null;
    days: {
      date: string;
      kind: string;
      count: number | null;
      stop: string | null;
      note: string | null;
    }[];
    text: string;
  }[];
  rules: {
    ruleId: string;
    outcome: string;
    text: string;
    nextAt: string | null;
    watched: { lastOn: string; text: string }[];
  }[];
  coverage: { source: string; evaluatedThrough: string | null }[];
  timeline: { id: string; data: Record<string, unknown> }[];
}

const caseOf = async (caseId: string, language = 'zh'): Promise<Answer & { case: CaseAnswer }> => {
  const path = `/v1/cases/${encodeURIComponent(caseId)}`;
  const answer = await api.get(path, { 'accept-language': language });
  return { ...answer, case: answer.body };
};

describe('GET /v1/cases/:caseId', () => {
  it('runs the four clocks side by side, counted day by day as time.md example 6 counts them', async () => {
    const answer = await caseOf('feed-a/P-1');
    expect(answer.status).toBe(200);
    expect(breaches('get', '/v1/cases/{caseId}', answer)).toEqual([]);
    expect(answer.case.asOf).toBe(new Date(NINTH_DAY).toISOString());
    const [filing, promised, statutory, step] = answer.case.clocks;
    expect(filing).toMatchObject({
      name: 'filing',
      state: 'ended',
      startOn: '2025-05-12',
      lastOn: '2025-05-19',
      late: false,
      endedOn: '2025-05-12',
    });
    expect(promised).toMatchObject({
      name: 'promised',
      state: 'running',
      startOn: '2025-05-12',
      lastOn: '2025-06-11',
      total: 10,
      used: 9,
      late: false,
    });
    const counted = promised?.days.filter(({ count }) => count !== null);
    expect(counted?.map(({ date }) => date.slice(5))).toEqual([
      '05-13',
      '05-14',
      '05-15',
      '05-16',
      '05-19',
      '05-20',
      '06-06',
      '06-09',
      '06-10',
      '06-11',
    ]);
    expect(counted?.map(({ count }) => count)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const stopped = promised?.days.filter(
      ({ stop, kind }) => stop === 'TB-1' && kind === 'workday',
    );
    expect(stopped?.map(({ date }) => date.slice(5))).toEqual([
      '05-21',
      '05-22',
      '05-23',
      '05-26',
      '05-27',
      '05-28',
      '05-29',
      '05-30',
      '06-03',
      '06-04',
      '06-05',
    ]);
    expect(promised?.days.find(({ date }) => date === '2025-06-02')).toMatchObject({
      kind: 'holiday',
      note: '端午',
    });
    // Ten more counted days after 06-11: 06-12, 13, 16, 17, 18, 19, 20, 23, 24, 25.
    expect(statutory).toMatchObject({
      name: 'statutory',
      lastOn: '2025-06-25',
      total: 20,
      used: 9,
    });
    // Three days from 05-12: 05-13, 14, 15; completed on 05-19.
    expect(step).toMatchObject({
      name: 'step',
      state: 'ended',
      lastOn: '2025-05-15',
      used: 5,
      late: true,
      endedOn: '2025-05-19',
    });
  });

  it('says for every rule why there is an alert or none, together with coverage', async () => {
    const { case: found } = await caseOf('feed-a/P-1');
    expect(found.rules.map(({ ruleId, outcome }) => [ruleId, outcome])).toEqual([
      ['TA-01', 'finding'],
      ['TA-02', 'nothing'],
      ['TA-03', 'manual'],
    ]);
    expect(found.coverage).toEqual([
      { source: 'feed-a', evaluatedThrough: new Date(NINTH_DAY).toISOString() },
    ]);
    expect(found.rules[1]?.text).toBe(
      '截至2025-06-10 00:00未命中。来源feed-a已评估至2025-06-10 00:00。',
    );
    // The red level begins at 00:00 of the day after the last day.
    expect(found.rules[0]?.nextAt).toBe('2025-06-11T16:00:00.000Z');
  });

  it('shows a held finding as held, and a silent source as such', async () => {
    const { case: found } = await caseOf('feed-silent/P-2');
    expect(found.rules[0]).toMatchObject({
      outcome: 'held',
      findings: [{ gate: '数据来源尚未评估至截止时刻' }],
    });
    expect(found.coverage).toEqual([{ source: 'feed-silent', evaluatedThrough: null }]);
    expect(found.rules[1]?.text).toContain('不能据此认为没有问题');
  });

  it('shows what was met in time, and test data as silenced', async () => {
    const { case: found } = await caseOf('feed-a/P-5', 'en');
    expect(found.rules[0]).toMatchObject({
      outcome: 'nothing',
      watched: [{ lastOn: '2025-06-11', metBy: { id: 'P-5-8' } }],
    });
    expect(found.clocks[1]).toMatchObject({
      state: 'ended',
      endedOn: '2025-06-06',
      used: 7,
      late: false,
    });
    expect((await caseOf('feed-a/P-4')).case.rules[0]).toMatchObject({ outcome: 'silenced' });
  });

  it('masks names, identity numbers and contacts in the timeline', async () => {
    const { case: found, text } = await caseOf('feed-a/P-1');
    expect(found.timeline.map(({ id }) => id)).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((n) => `P-1-${n}`),
    );
    expect(found.timeline[0]?.data.applicant).toMatchObject({
      name: '王*',
      idNo: '****1234',
      contact: '****',
    });
    expect(text).not.toMatch(/王小明|郑海|13812345678|130602198801011234/);
  });

  it('has no case of another name', async () => {
    for (const id of ['nothing', 'feed-a/P-9', 'a\u0000b', 'x'.repeat(1500), '💥/'.repeat(100)]) {
      const answer = await caseOf(id);
      expect([id.slice(0, 20), answer.status]).toEqual([id.slice(0, 20), 404]);
    }
  });
});

describe('GET /v1/coverage and /v1/quarantine', () => {
  it('groups the lanes of a source', async () => {
    const answer = await api.get('/v1/coverage');
    expect(breaches('get', '/v1/coverage', answer)).toEqual([]);
    const { items } = answer.body as {
      items: { source: string; evaluatedThrough: string | null }[];
    };
    expect(items.map(({ source, evaluatedThrough }) => [source, evaluatedThrough])).toEqual([
      ['feed-a', new Date(NINTH_DAY).toISOString()],
      ['feed-silent', null],
    ]);
  });

  it('lists quarantined records with what is wrong and what to do, not their bytes', async () => {
    const answer = await api.get('/v1/quarantine?state=waiting');
    expect(breaches('get', '/v1/quarantine', answer)).toEqual([]);
    expect(answer.body).toMatchObject({
      items: [{ reason: 'not-cloudevents', source: 'feed-a', state: 'waiting', bytes: 33 }],
      next: null,
    });
    expect(answer.text).not.toContain('broken');
    expect((await api.get('/v1/quarantine?state=released')).body).toMatchObject({ items: [] });
    expect((await api.get('/v1/quarantine?state=gone')).status).toBe(400);
    expect((await api.get('/v1/quarantine?cursor=x')).status).toBe(400);
  });
});

describe('what can no longer be read', () => {
  it('is said to be locked where the master key is missing', async () => {
    const settings = { ...api.resources.settings, masterKey: null };
    const resources = new Resources(settings, api.resources.logger);
    await resources.open();
    const app = await createApp(resources);
    await app.listen(0, '127.0.0.1');
    const answer = await fetch(`${await app.getUrl()}/v1/cases/feed-a%2FP-1`);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { type: 'urn:mingcha:problem:events-locked' },
    ]);
    await app.close();
    await resources.close();
  });

  it('is said to be erased where the key of the case was destroyed: findings and records stay', async () => {
    const { url } = api.database;
    const archivist = openWriter({ url, role: 'mingcha_archivist', masterKey: null });
    const wanted = { caseId: 'feed-a/P-3', reason: '保存期限届满' };
    const at = Date.now();
    const request = await requestErasure(archivist, wanted, { actor: 'li', at });
    await approveErasure(archivist, request, { actor: 'wang', at });
    await closeWriter(archivist);
    const answer = await caseOf('feed-a/P-3');
    expect(breaches('get', '/v1/cases/{caseId}', answer)).toEqual([]);
    expect(answer.case).toMatchObject({ erased: true, timeline: [], clocks: [], coverage: [] });
    expect(answer.case.rules.find(({ ruleId }) => ruleId === 'TA-02')?.outcome).toBe('finding');
    const { alertId } = await alertOf('feed-a/P-3', 'TA-02');
    const detail = await api.get(`/v1/alerts/${alertId}`);
    expect(breaches('get', '/v1/alerts/{alertId}', detail)).toEqual([]);
    expect(detail.body).toMatchObject({ erased: true, evidence: [{ id: 'P-3-1', versions: [] }] });
  });
});
