import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExportScope } from '#evidence/request/export-scope.js';
import { OF_THE_REQUEST } from '#evidence/verify/format.js';
import { matchEditions } from '#evidence/verify/match.js';
import { nodeMachinery } from '#evidence/verify/shell/node-machinery.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';
import { AT, EvidenceOffice, filesOf, guessable, heartbeat, textIn, verified } from './office.js';

let database: TestDatabase;
let office: EvidenceOffice;

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  await office.run();
});

afterAll(async () => {
  await office.close();
  await database.drop();
});

const N1: ExportScope = { kind: 'case', caseId: 'feed-a/N1' };
const YEAR = { from: '2025-01-01', to: '2025-12-31' };
const BOTH = ['feed-a/N1', 'feed-a/N2'];
const AGENCY = '11130602MB1234567P';

const query = (unit: string | null, ruleId: string | null, level: string | null): ExportScope => ({
  kind: 'query',
  unit,
  ruleId,
  level,
  ...YEAR,
});

describe('a bundle', () => {
  it('is accepted by the verifier, which reaches its findings again from the bytes inside', async () => {
    const requestNo = await office.request(N1);
    await office.log.settle();
    const bag = await office.build(requestNo);
    const { exit, said, tally } = verified(bag.bytes, office.log.policy);
    expect(said).toEqual([]);
    expect(exit).toBe(0);
    expect(tally).toMatchObject({ events: 4, findings: 6 });
  });

  // Both cases pass the promised ten and the statutory twenty working days; N1 stays in a step of three days as well.
  it.each<[string, ExportScope, string[], number]>([
    ['an officer', { kind: 'officer', unitCode: 'BD-SPJ', staffNo: 'SP-0021', ...YEAR }, BOTH, 6],
    ['a level', query(null, null, 'red'), BOTH, 4],
    ['a rule', query(null, 'OD-05', null), ['feed-a/N1'], 1],
    ['an agency', query(AGENCY, null, null), BOTH, 8],
  ])('answers for %s', async (_name, scope, cases, alerts) => {
    const requestNo = await office.request(scope, ['full']);
    await office.log.settle();
    const bag = await office.build(requestNo);
    const request = JSON.parse(textIn(filesOf(bag.bytes), 'data/request.json'));
    expect({ cases: request.cases, alerts: request.alerts.length }).toEqual({ cases, alerts });
    // All alerts of these cases have their chains, whichever of them the scope speaks of.
    const [all] = await office.monitor.query<{ count: number }>(
      `select count(*)::int as count from alert where case_id in ('${cases.join("', '")}')`,
    );
    const ofAlerts = [...filesOf(bag.bytes)].filter(
      ([path, file]) =>
        path.startsWith('data/entity/') && Buffer.from(file).includes('"entity":"alert:'),
    );
    expect(ofAlerts).toHaveLength(all?.count ?? 0);
    const { exit, said } = verified(bag.bytes, office.log.policy);
    expect([exit, said]).toEqual([0, []]);
  });

  it('about an alert leaves out the other alerts of its case', async () => {
    const [alert] = await office.monitor.query<{ alert_id: string }>(
      "select alert_id from alert where rule_id = 'OD-02' and case_id = 'feed-a/N1'",
    );
    const alertId = alert?.alert_id ?? '';
    const requestNo = await office.request({ kind: 'alert', alertId }, ['full']);
    await office.log.settle();
    const bag = await office.build(requestNo);
    const request = JSON.parse(textIn(filesOf(bag.bytes), 'data/request.json'));
    expect(request).toMatchObject({ cases: ['feed-a/N1'], alerts: [alertId] });
    expect(verified(bag.bytes, office.log.policy).exit).toBe(0);
  });

  it.each<[string, ExportScope]>([
    ['a case that nobody knows', { kind: 'case', caseId: 'feed-a/N9' }],
    [
      'a period without alerts',
      { ...query(null, null, null), from: '2001-01-01', to: '2001-12-31' } as ExportScope,
    ],
    ['somebody else', { kind: 'officer', unitCode: 'BD-SPJ', staffNo: 'SP-0022', ...YEAR }],
  ])('is refused for %s', async (_name, scope) => {
    const requestNo = await office.request(scope, ['full']);
    await office.log.settle();
    await expect(office.build(requestNo)).rejects.toMatchObject({ reason: 'unknown-scope' });
  });
});

describe('building again', () => {
  it('gives the same bytes, whatever was recorded or cosigned since', async () => {
    const requestNo = await office.request(N1, ['full']);
    await office.log.settle();
    const first = await office.build(requestNo);
    await office.monitor.take(0, [heartbeat('2025-11-20T11:00')]);
    await office.monitor.tick('2025-11-20T12:00:00+08:00');
    await office.log.settle();
    await office.monitor.query(
      "update audit_checkpoint set note = note || E'\\u2014 late.witness AAAAAAAAAAA=\\n'",
    );
    const again = await office.build(requestNo);
    expect(again.digest).toBe(first.digest);
  });

  it('for another request of the same scope and state changes only what names the request', async () => {
    const [one, other] = [
      await office.request(N1, ['full'], AT + 10),
      await office.request(N1, ['full'], AT + 20),
    ];
    await office.log.settle();
    const bags = [await office.build(one), await office.build(other)];
    expect(bags[0]?.contentDigest).toBe(bags[1]?.contentDigest);
    const [a, b] = bags.map((bag) => filesOf((bag as { bytes: Uint8Array }).bytes));
    const differing = [...(a ?? [])].flatMap(([path, bytes]) =>
      Buffer.compare(bytes, b?.get(path) ?? Buffer.alloc(0)) === 0 ? [] : path,
    );
    const ofTheBag = [
      'bag-info.txt',
      'manifest-sha256.txt',
      'manifest-sm3.txt',
      'signatures/manifest.ed25519',
      'tagmanifest-sha256.txt',
    ];
    expect(differing.sort()).toEqual([...ofTheBag, ...OF_THE_REQUEST].sort());
  });
});

describe('the redacted edition', () => {
  it('shows nothing that identifies somebody, and is shown to be the full one with values hidden', async () => {
    const requestNo = await office.request(N1);
    await office.log.settle();
    const [full, redacted] = [
      await office.build(requestNo),
      await office.build(requestNo, 'redacted'),
    ];
    const secrets = [
      '王小明',
      '130602198801011234',
      '13812345678',
      '孙丽',
      '钱芳',
      'SP-0021',
      'SP-0045',
    ];
    const found = [...filesOf(redacted.bytes)].flatMap(([path, bytes]) =>
      secrets
        .filter((secret) => Buffer.from(bytes).includes(secret))
        .map((secret) => `${path} ${secret}`),
    );
    expect(found).toEqual([]);
    expect(guessable(filesOf(full.bytes), filesOf(redacted.bytes))).toEqual([]);
    for (const secret of secrets) expect(Buffer.from(full.bytes).includes(secret)).toBe(true);
    expect(verified(redacted.bytes, office.log.policy).exit).toBe(0);
    const matched = matchEditions(filesOf(full.bytes), filesOf(redacted.bytes), nodeMachinery);
    expect(matched).toMatchObject({ exit: 0, outcomes: [] });
    expect(matched.values).toBeGreaterThan(10);
  });
});

describe('the redacted edition about an officer', () => {
  it('names the officer nowhere, not even as its scope or in the record of the request', async () => {
    const scope: ExportScope = { kind: 'officer', unitCode: 'BD-SPJ', staffNo: 'SP-0021', ...YEAR };
    const requestNo = await office.request(scope);
    await office.log.settle();
    const full = filesOf((await office.build(requestNo)).bytes);
    const { bytes } = await office.build(requestNo, 'redacted');
    const redacted = filesOf(bytes);
    const naming = [...redacted].filter(([, file]) => Buffer.from(file).includes('SP-0021'));
    expect(naming.map(([path]) => path)).toEqual([]);
    expect(textIn(full, 'data/request.json')).toContain('SP-0021');
    expect(textIn(full, 'data/report.html')).toContain('BD-SPJ/SP-0021 于');
    expect(verified(bytes, office.log.policy).exit).toBe(0);
    expect(matchEditions(full, redacted, nodeMachinery)).toMatchObject({ exit: 0, outcomes: [] });
    const text = textIn(redacted, 'data/request.json').replace('BD-SPJ', 'BD-SPK');
    const other = new Map(redacted).set('data/request.json', Buffer.from(text));
    expect(matchEditions(full, other, nodeMachinery).outcomes).toMatchObject([
      { key: 'match.else', place: 'data/request.json' },
    ]);
  });
});

describe('a trail that was tampered with', () => {
  it('gives no bundle: the record is named instead', async () => {
    const requestNo = await office.request({ kind: 'case', caseId: 'feed-a/N2' }, ['full']);
    await office.log.settle();
    await office.monitor.query('alter table audit_record disable trigger all');
    await office.monitor.query(
      `do $$ declare child regclass; begin
        for child in select inhrelid from pg_inherits where inhparent = 'audit_record'::regclass loop
          execute format('alter table %s disable trigger all', child);
          execute format('update %s set leaf = replace(leaf, ''"partition":0'', ''"partition":1'') where object = ''event:feed-a/n2-2''', child);
        end loop;
      end $$`,
    );
    await expect(office.build(requestNo)).rejects.toMatchObject({
      reason: 'broken-trail',
      params: { entity: 'case:feed-a/N2' },
    });
  });
});
