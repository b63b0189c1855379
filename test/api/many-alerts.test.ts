import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ApiServer } from './api-server.js';

const CASES = 60_000;
const ALERTS = 50_000;

/**
 * A city's worth of cases and alerts, over a year, 10,000 of them under one rule. They are written past the writer, with
 * its checks off: only how long reading takes is asked here, not what is true of them.
 */
const SEED = [
  'set session_replication_role = replica',
  `insert into case_state (case_id, version, audit_seq, as_of, next_due_at, first_received_at, is_test, open_state,
     agency_code, item_code, item_name, tenant, region_code, unit_path, recipient_unit)
   select 'feed-a/P-' || n, 1, 1, now(), now() + n * interval '1 minute', now(), false,
     case when n % 3 = 0 then 'open' else 'closed' end, 'agency-' || n % 23, 'XK-' || n % 40, '食品经营许可', 'city',
     (130600 + n % 23)::text, 'agency-' || n % 23, 'agency-' || n % 23
   from generate_series(1, ${CASES}) n`,
  `insert into alert (alert_id, finding_id, case_id, rule_id, rule_version, revision, event_no, audit_seq, level, state,
     held, ended, retracted, first_at, changed_at, agency_code, item_code, is_test, tenant, region_code, unit_path,
     recipient_unit)
   select encode(sha256(('a' || n)::bytea), 'hex'), encode(sha256(('f' || n)::bytea), 'hex'), 'feed-a/P-' || n,
     case when n % 5 = 0 then 'TA-01' else 'TB-' || n % 40 end, 3, 1, 1, 1,
     (array['notice', 'yellow', 'yellow', 'red'])[n % 4 + 1],
     case when n % 50 = 0 then 'held' when n % 50 = 1 then 'retracted' when n % 4 = 0 then 'ended' else 'raised' end,
     n % 50 = 0, n % 4 = 0, n % 50 = 1, now() - n * interval '10 minutes', now(), 'agency-' || n % 23, 'XK-' || n % 40,
     false, 'city', (130600 + n % 23)::text, 'agency-' || n % 23, 'unit-' || n % 23
   from generate_series(1, ${ALERTS}) n`,
  `insert into finding (finding_id, case_id, rule_id, rule_version, occurrence, level, state, since, change_no, is_test,
     tenant, region_code, unit_path, recipient_unit)
   select finding_id, case_id, rule_id, 3, 'o', level, 'open', first_at, 1, false, tenant, region_code, unit_path,
     recipient_unit from alert`,
  `insert into finding_change (finding_id, change_no, entity_seq, at, saved_at, case_id, kind, level, body, tenant,
     region_code, unit_path, recipient_unit)
   select finding_id, 1, 1, first_at, first_at, case_id, 'raised', level,
     json_build_object('id', finding_id, 'ruleId', rule_id, 'ruleVersion', 3, 'subject', case_id, 'occurrence', 'o',
       'level', level, 'since', 1, 'until', null, 'answerable', '[]'::json, 'evidence', '[]'::json, 'explanation',
       json_build_object('key', 'window.condition', 'params', '{}'::json), 'sources', '[]'::json),
     tenant, region_code, unit_path, recipient_unit from alert`,
  `insert into alert_event (alert_id, event_no, revision, entity_seq, at, saved_at, kind, actor, level, state, detail,
     tenant, region_code, unit_path, recipient_unit)
   select alert_id, 1, 1, 1, first_at, first_at, 'raised', 'engine', level, state, '{}', tenant, region_code, unit_path,
     recipient_unit from alert`,
  'analyze',
];

let api: ApiServer;
const measured: string[] = [];

beforeAll(async () => {
  api = await ApiServer.start();
  const client = new Client({ connectionString: api.database.url });
  await client.connect();
  for (const statement of SEED) await client.query(statement);
  await client.end();
});

afterAll(async () => {
  process.stderr.write(`many alerts: ${measured.join(', ')}\n`);
  await api.stop();
});

/** The quickest of five, after a first that opens connections: what it costs, not how busy the machine is. */
async function milliseconds(path: string): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 6; n++) {
    const before = performance.now();
    const answer = await api.get(path);
    times.push(performance.now() - before);
    expect(answer.status).toBe(200);
  }
  return Math.min(...times.slice(1));
}

describe(`with ${ALERTS} alerts`, () => {
  it.each<[string, number]>([
    ['/v1/alerts', 200],
    ['/v1/alerts?rule=TA-01', 200],
    ['/v1/alerts?rule=TA-01&level=red&state=raised&sort=firstAt', 200],
    ['/v1/alerts?held=true', 200],
    ['/v1/cases?open=true', 200],
    ['/v1/cases?open=true&sort=nextDueAt', 200],
    ['/v1/situation', 500],
    ['/v1/situation?period=year', 500],
  ])('answers %s within %i ms', async (path, most) => {
    const took = await milliseconds(path);
    measured.push(`${path} ${Math.round(took)} ms`);
    expect(took).toBeLessThan(most);
  });

  it('names items as the cases have them; codes without a name stay codes', async () => {
    const { body } = await api.get('/v1/alerts?limit=1&region=130601');
    expect(body).toMatchObject({
      items: [{ itemName: '食品经营许可', regionName: '130601', agencyName: 'agency-1' }],
    });
  });

  it('counts what it lists', async () => {
    const { body } = await api.get('/v1/situation');
    const { figures } = body as { figures: { name: string; value: number; base: number }[] };
    const figure = (name: string) => figures.find((one) => one.name === name);
    expect(figure('in-progress')).toMatchObject({ value: CASES / 3, base: CASES });
    expect(figure('held')).toMatchObject({ value: ALERTS / 50, base: ALERTS });
  });
});
