import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { closeWriter, type Writer } from '#store/writer.js';
import { monitorOf } from '../store/sample-step.js';
import { ApiServer } from './api-server.js';
import { judgeInbox } from './judge-inbox.js';
import { breaches } from './schema-check.js';
import { pausedCase } from './sent-events.js';

const CASE = `/v1/cases/${encodeURIComponent('feed-a/P-1')}`;

interface LookUpRow {
  readonly actor: string;
  readonly object: string;
  readonly fields: { readonly [name: string]: string | null };
}

let api: ApiServer;
let writer: Writer;
let owner: Client;

beforeAll(async () => {
  api = await ApiServer.start();
  owner = new Client({ connectionString: api.database.url });
  await owner.connect();
  writer = monitorOf(api.database.url);
  await api.post(JSON.stringify(pausedCase('P-1')), { 'content-type': 'application/json' });
  await judgeInbox({
    url: api.database.url,
    writer,
    rules: join(import.meta.dirname, 'rules'),
    asOf: Date.parse('2025-06-10T00:00:00+08:00'),
    covered: ['feed-a'],
  });
});

afterAll(async () => {
  await owner.end();
  await closeWriter(writer);
  await api.stop();
});

async function lookUps(): Promise<LookUpRow[]> {
  const found = await owner.query<LookUpRow>(
    `select actor, object, leaf::jsonb -> 'fields' as fields from audit_record
     where action = 'access.queried' order by record_no`,
  );
  return found.rows;
}

/** What the look-ups during `work` left behind. */
async function leftBy(work: () => Promise<unknown>): Promise<LookUpRow[]> {
  const before = (await lookUps()).length;
  await work();
  return (await lookUps()).slice(before);
}

async function firstAlert(): Promise<string> {
  const { items } = (await api.get('/v1/alerts')).body as { items: { alertId: string }[] };
  return (items[0] as { alertId: string }).alertId;
}

describe('a look-up', () => {
  it('of a case leaves who looked, at what, why and for which inquiry', async () => {
    const left = await leftBy(async () => {
      const answer = await api.get(CASE, {
        'mingcha-actor': 'reviewer-7',
        'mingcha-purpose': encodeURIComponent('核实'),
        'mingcha-case-number': encodeURIComponent('监核〔2026〕5号'),
        'x-request-id': 'request-1',
      });
      expect(answer.status).toBe(200);
    });
    expect(left).toEqual([
      {
        actor: 'reviewer-7',
        object: 'case:feed-a/P-1',
        fields: { caseNo: '监核〔2026〕5号', purpose: '核实', requestId: 'request-1' },
      },
    ]);
  });

  it('of an alert or of a record of the trail leaves its record too, also where nobody is named', async () => {
    const alertId = await firstAlert();
    const left = await leftBy(async () => {
      expect((await api.get(`/v1/alerts/${alertId}`)).status).toBe(200);
      const id = encodeURIComponent(`alert:${alertId}#1`);
      expect((await api.get(`/v1/audit/records/${id}`)).status).toBe(200);
    });
    expect(left).toMatchObject([
      { actor: 'api', object: `alert:${alertId}`, fields: { purpose: null, caseNo: null } },
      { actor: 'api', object: `record:alert:${alertId}#1` },
    ]);
  });

  it('each leaves one of its own, and one of nothing leaves none', async () => {
    expect(await leftBy(() => Promise.all([api.get(CASE), api.get(CASE)]))).toHaveLength(2);
    expect(await leftBy(() => api.get('/v1/cases/feed-a%2FNONE'))).toEqual([]);
  });

  it('is refused where its headers are no text or too long, and then nothing is shown', async () => {
    for (const [header, value] of [
      ['mingcha-actor', '%E6'],
      ['mingcha-purpose', 'x'.repeat(501)],
    ] as const) {
      const answer = await api.get(CASE, { [header]: value });
      expect(answer.status).toBe(400);
      expect(breaches('get', '/v1/cases/{caseId}', answer)).toEqual([]);
      expect(answer.text).not.toContain('timeline');
    }
  });

  it('shows nothing where its record cannot be written', async () => {
    const alertId = await firstAlert();
    await owner.query('revoke insert on audit_record from mingcha_api');
    const columns = `("time", entity_seq, id, actor, action, object, schema, tenant, entity, prev, rule_version,
      inputs_digest, trace_id, region_code, unit_path, subject_persons, recipient_unit, shared_space, leaf, leaf_hash)`;
    try {
      await owner.query(`revoke insert ${columns} on audit_record from mingcha_api`);
      for (const path of [CASE, `/v1/alerts/${alertId}`]) {
        const answer = await api.get(path);
        expect(answer.status).toBeGreaterThanOrEqual(500);
        expect(answer.body).not.toHaveProperty('history');
        expect(answer.text).not.toContain('approval.');
      }
    } finally {
      await owner.query(`grant insert ${columns} on audit_record to mingcha_api`);
    }
    expect((await api.get(CASE)).status).toBe(200);
  });
});

describe('people', () => {
  it('cannot be looked up by their number: no list takes one', async () => {
    for (const list of ['/v1/alerts', '/v1/cases'])
      for (const filter of ['person', 'staffNo', 'officer', 'subject'])
        expect((await api.get(`${list}?${filter}=U1/0001`)).status).toBe(400);
  });
});
