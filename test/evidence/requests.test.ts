import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { canonicalJson } from '#core/audit/canonical-json.js';
import { ExportError } from '#evidence/request/export-error.js';
import type { ExportScope } from '#evidence/request/export-scope.js';
import { loadExportEvents, loadRequest } from '#evidence/request/load-requests.js';
import { readMaterial } from '#evidence/request/material.js';
import {
  approveExport,
  recordCustody,
  refuseExport,
  requestExport,
} from '#evidence/request/requests.js';
import { ANY_CITY } from '#rulebook/city.js';
import { packFolder } from '#rulebook/load-rules.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { STORE } from '../store/sample-step.js';

const SCOPE: ExportScope = { kind: 'case', caseId: 'feed-a/SP1' };
const AT = Date.UTC(2026, 2, 5, 1, 2, 3, 4);
const material = readMaterial([packFolder('approval')], ANY_CITY, '');

let database: TestDatabase;
let writer: Writer;
let owner: Client;

beforeAll(async () => {
  database = await createDatabase(STORE);
  writer = openWriter({ url: database.url, role: 'mingcha_evidence', masterKey: null });
  owner = new Client({ connectionString: database.url });
  await owner.connect();
});

afterAll(async () => {
  await closeWriter(writer);
  await owner.end();
  await database.drop();
});

function ask(overrides: Partial<Parameters<typeof requestExport>[1]> = {}, at = AT) {
  const asked = {
    requesters: ['zhang', 'li'] as const,
    notice: '监调〔2026〕3号',
    cause: '涉嫌不作为',
    purpose: '初步核实',
    scope: SCOPE,
    editions: ['full', 'redacted'] as const,
    ...overrides,
  };
  return requestExport(writer, asked, { actor: 'clerk', at });
}

const approve = (requestNo: string, actor = 'wang', at = AT + 1000) =>
  approveExport(writer, requestNo, { reason: '同意', material }, { actor, at });

describe('a request', () => {
  it('is refused by one person, or by twice the same', async () => {
    for (const requesters of [['zhang'], ['zhang', 'zhang'], ['zhang', ' ']])
      expect(() => ask({ requesters: requesters as never })).toThrow(ExportError);
  });

  it.each([
    ['zhang', 'zh\u200bang'],
    ['zhang', 'zhang '],
    ['zhang', '\u3000zhang'],
    ['zhang', 'ｚｈａｎｇ'],
    ['é', 'e\u0301'],
    ['zhang', 'zhang\ufe0f'],
  ])('is not made two by writing one person in two ways: %j %j', (one, other) => {
    expect(() => ask({ requesters: [one, other] })).toThrow(ExportError);
  });

  it('is not approved by a requester who writes the name in another way', async () => {
    const requestNo = await ask();
    await expect(approve(requestNo, 'ｌｉ')).rejects.toMatchObject({ reason: 'own-approval' });
    await expect((async () => approve(requestNo, 'li\u200d'))()).rejects.toMatchObject({
      reason: 'person',
    });
  });

  it('is approved by neither requester', async () => {
    const requestNo = await ask();
    await expect(approve(requestNo, 'li')).rejects.toMatchObject({ reason: 'own-approval' });
    expect((await loadRequest(writer.pool, requestNo)).state).toBe('requested');
  });

  it('has its number from the start, and those of its editions from the approval, none missing', async () => {
    const later = Date.UTC(2031, 0, 10);
    const [first, second, third] = [
      await ask({}, later),
      await ask({}, later),
      await ask({}, later),
    ];
    expect([first, second, third]).toEqual(['2031-0001', '2031-0002', '2031-0003']);
    await refuseExport(writer, second as string, '范围过宽', { actor: 'wang', at: later });
    const broken = approveExport(
      writer,
      third as string,
      { reason: '', material },
      { actor: 'wang', at: later },
    );
    await expect(broken).rejects.toMatchObject({ reason: 'text' });
    await approve(third as string, 'wang', later);
    await approve(first as string, 'wang', later);
    expect((await loadRequest(writer.pool, 'MZ-2031-0001')).requestNo).toBe(third);
    expect((await loadRequest(writer.pool, 'MZS-2031-0002')).requestNo).toBe(first);
    expect((await loadRequest(writer.pool, second as string)).numbers).toEqual({
      full: null,
      redacted: null,
    });
  });

  it('takes the year of China for its number', async () => {
    expect(await ask({}, Date.UTC(2031, 11, 31, 16))).toBe('2032-0001');
  });

  it('is numbered without gaps by many at once', async () => {
    const at = Date.UTC(2040, 5, 1);
    const numbers = await Promise.all(Array.from({ length: 12 }, () => ask({}, at)));
    expect(numbers.sort()).toEqual(
      Array.from({ length: 12 }, (_, index) => `2040-${String(index + 1).padStart(4, '0')}`),
    );
  });

  it('has one record for everything that was done with it, in one chain', async () => {
    const requestNo = await ask();
    await approve(requestNo);
    const { rows } = await owner.query<{ action: string; fields: { eventNo: number } }>(
      `select action, (leaf::jsonb)->'fields' as fields from audit_record where entity = $1 order by entity_seq`,
      [`export:${requestNo}`],
    );
    const events = await loadExportEvents(writer.pool, requestNo);
    expect(rows.map(({ action }) => action)).toEqual(['export.requested', 'export.approved']);
    for (const [index, event] of events.entries())
      expect(canonicalJson({ ...event.detail, eventNo: index + 1 } as never)).toBe(
        canonicalJson(rows[index]?.fields as never),
      );
  });

  it('that was refused can neither be approved nor handed over', async () => {
    const requestNo = await ask();
    await refuseExport(writer, requestNo, '与案件无关', { actor: 'wang', at: AT });
    await expect(approve(requestNo)).rejects.toMatchObject({ reason: 'not-approved' });
    const handOver = recordCustody(
      writer,
      { requestNo, edition: 'full' },
      { kind: 'handed-over', persons: ['a', 'b'], to: 'court', place: 'x', device: 'y' },
      { actor: 'a', at: AT },
    );
    await expect(handOver).rejects.toMatchObject({ reason: 'not-handed-over' });
  });
});

describe('the database', () => {
  const tried = async (sql: string, role = 'mingcha_evidence') => {
    await owner.query(`begin; set local role ${role}`);
    try {
      await owner.query(sql);
      await owner.query('set constraints all immediate');
      return 'done';
    } catch (error) {
      return (error as Error).message;
    } finally {
      await owner.query('rollback');
    }
  };

  it.each([
    [
      'no change without its event',
      'update export_request set event_no = event_no + 1',
      /without its export_event/,
    ],
    [
      'no event without its record',
      'insert into export_event select request_no, 99, 99, saved_at, kind, actor, detail from export_event limit 1',
      /no audit record/,
    ],
    ['no number skipped', 'update export_number set last = last + 2', /one by one/],
    ['no event changed', "update export_event set actor = 'x'", /permission denied/],
    ['no secret changed', 'update export_scope set secret = scope_digest', /permission denied/],
    ['no request removed', 'delete from export_request', /permission denied/],
    [
      'no scope of a request changed',
      'update export_request set scope_digest = null',
      /permission denied/,
    ],
    ['no leaf written', 'insert into audit_leaf select * from audit_leaf', /permission denied/],
    ['no event of a case written', 'insert into event select * from event', /permission denied/],
  ])('takes %s', async (_name, sql, expected) => {
    await ask();
    expect(await tried(sql)).toMatch(expected);
  });

  it.each([
    ["update export_event set actor = 'x'", /append-only/],
    ['delete from export_request', /stays/],
    ["update export_request set requesters = '{x,y}'", /stays/],
    ['truncate export_event', /append-only/],
    [
      'update export_request set approver = requesters[1], decided_at = now() where approver is null',
      /violates check constraint/,
    ],
  ])('refuses its owner: %s', async (sql, expected) => {
    await ask();
    expect(await tried(sql, 'mingcha_migrator')).toMatch(expected);
  });

  it.each(['{zhang,NULL}', '{{a,a}}', '[0:1]={a,a}', '{a,a}', '{a," "}', '{a}'])(
    'takes no %s for two requesters',
    async (requesters) => {
      await ask();
      const copy = `insert into export_request (request_no, state, event_no, audit_seq, audit_head, requested_at, requesters,
          notice, cause, purpose, scope_digest, editions, tenant)
        select 'copy', 'requested', 1, audit_seq, audit_head, requested_at, '${requesters}', notice, cause, purpose,
          scope_digest, editions, tenant from export_request limit 1`;
      expect(await tried(copy)).toMatch(/violates check constraint/);
    },
  );

  it('takes no decision that nobody made', async () => {
    const requestNo = await ask();
    for (const set of ["state = 'refused'", "approver = 'wang', decided_at = now()"])
      expect(
        await tried(`update export_request set ${set} where request_no = '${requestNo}'`),
      ).toMatch(/decided_by_somebody/);
  });

  it('starts every series at one', async () => {
    expect(await tried("insert into export_number values ('full', 2099, 7)")).toMatch(
      /starts at 1/,
    );
    expect(await tried("insert into export_number values ('full', 2099, 1)")).toBe('done');
  });

  it.each(['mingcha_monitor', 'mingcha_notifier', 'mingcha_sequencer'])(
    'shows requests not to %s',
    async (role) => {
      expect(await tried('select * from export_request', role)).toMatch(/permission denied/);
    },
  );

  it('shows the secret of a scope to nobody who reads lists', async () => {
    expect(await tried('select secret from export_scope', 'mingcha_api')).toMatch(
      /permission denied/,
    );
    expect(await tried('select scope from export_scope', 'mingcha_api')).toBe('done');
  });
});
