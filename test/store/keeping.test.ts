import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, type PoolClient } from 'pg';
import { leafHash } from '#core/audit/leaf-hash.js';
import { verifyInclusion } from '#core/audit/tree/proof.js';
import { nativeSha256 } from '#store/audit-tree/native-sha256.js';
import { readInclusion } from '#store/audit-tree/tiles.js';
import {
  approveErasure,
  listErasures,
  refuseErasure,
  requestErasure,
} from '#store/keeping/erasure.js';
import { KeepingError } from '#store/keeping/keeping-deed.js';
import { confirmHold, listHolds, placeHold, requestLift } from '#store/keeping/legal-hold.js';
import { loadCases } from '#store/load-cases.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import {
  AT,
  fullStep,
  monitorOf,
  STORE,
  sampleAlert,
  sampleCase,
  sampleEvent,
  sampleFinding,
  toSave,
} from './sample-step.js';
import { sequenceAll } from './sequence-all.js';

let database: TestDatabase;
let admin: Client;
let monitor: Writer;
let archivist: Writer;
const LI = { actor: 'li', at: AT + 10_000 };
const WANG = { actor: 'wang', at: AT + 20_000 };

beforeAll(async () => {
  database = await createDatabase(STORE);
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  monitor = monitorOf(database.url);
  archivist = openWriter({ url: database.url, role: 'mingcha_archivist', masterKey: null });
  await saveStep(monitor, fullStep(0n));
  for (const subject of ['K1', 'K2', 'K3', 'K4', 'K5'])
    await saveStep(monitor, {
      ...emptyStep('monitor', AT + 1),
      events: [toSave(sampleEvent(subject, `of-${subject}`), 10n)],
      cases: [sampleCase(subject, 0)],
    });
});

afterAll(async () => {
  await closeWriter(monitor);
  await closeWriter(archivist);
  await admin.end();
  await database.drop();
});

async function actionsOf(object: string): Promise<{ action: string; actor: string }[]> {
  const { rows } = await admin.query<{ action: string; actor: string }>(
    'select action, actor from audit_record where object = $1 order by record_no',
    [object],
  );
  return rows;
}

/** Every record becomes a leaf of the tree; gives the tree as it stands then. */
async function grown(): Promise<{ readonly size: number; readonly root: Buffer }> {
  return (await sequenceAll(admin as unknown as PoolClient)).state;
}

async function leafOf(recordNo: string): Promise<{ leaf_index: string }> {
  const { rows } = await admin.query<{ leaf_index: string }>(
    'select leaf_index from audit_leaf where record_no = $1',
    [recordNo],
  );
  return rows[0] as { leaf_index: string };
}

const refused = (kind: KeepingError['kind'], words: RegExp) =>
  expect.objectContaining({ name: 'KeepingError', kind, message: expect.stringMatching(words) });

describe('a legal hold', () => {
  it('is in force from its placing until a second person confirms that it is lifted', async () => {
    const holdId = await placeHold(
      archivist,
      { thing: { kind: 'case', subject: 'feed-a/K1' }, reason: '调取通知书 2025-7' },
      LI,
    );
    await expect(confirmHold(archivist, holdId, LI)).rejects.toEqual(
      refused('second-person', /placed by li/),
    );
    expect(await confirmHold(archivist, holdId, WANG)).toBe('confirmed');
    await requestLift(archivist, { holdId, reason: 'closed' }, WANG);
    expect(await listHolds(archivist.pool)).toEqual([
      expect.objectContaining({ holdId, lift: { reason: 'closed', requestedBy: 'wang' } }),
    ]);
    await expect(confirmHold(archivist, holdId, WANG)).rejects.toEqual(
      refused('second-person', /asked for by wang/),
    );
    expect(await confirmHold(archivist, holdId, LI)).toBe('lifted');
    expect(await listHolds(archivist.pool)).toEqual([]);
    expect(await listHolds(archivist.pool, true)).toHaveLength(1);
    expect(await actionsOf(`hold:${holdId}`)).toEqual([
      { action: 'hold.placed', actor: 'li' },
      { action: 'hold.confirmed', actor: 'wang' },
      { action: 'hold.lift-requested', actor: 'wang' },
      { action: 'hold.lifted', actor: 'li' },
    ]);
    await expect(requestLift(archivist, { holdId, reason: 'again' }, LI)).rejects.toEqual(
      refused('refused', /lifted by li already/),
    );
  });

  it('is confirmed by nobody who writes the first name in another way', async () => {
    const thing = { kind: 'person', subject: 'U8/G8' } as const;
    const holdId = await placeHold(archivist, { thing, reason: 'x' }, LI);
    await expect(confirmHold(archivist, holdId, { ...LI, actor: 'ｌｉ' })).rejects.toEqual(
      refused('second-person', /placed by li/),
    );
    for (const actor of ['li\u200b', ' li', 'li\u00a0', ''])
      await expect(confirmHold(archivist, holdId, { ...LI, actor })).rejects.toEqual(
        refused('refused', /not seen/),
      );
    await requestLift(archivist, { holdId, reason: 'x' }, LI);
    await confirmHold(archivist, holdId, WANG);
  });

  it('names what exists', async () => {
    await expect(
      placeHold(archivist, { thing: { kind: 'alert', subject: 'none' }, reason: 'x' }, LI),
    ).rejects.toEqual(refused('missing', /no alert/));
  });

  it.each([
    ['case', { kind: 'case', subject: 'feed-a/SP1' }],
    ['alert', { kind: 'alert', subject: sampleAlert(sampleFinding('SP1')).alertId }],
    ['person', { kind: 'person', subject: 'U1/G1' }],
    ['period', { kind: 'period', from: AT, to: AT + 1 }],
  ] as const)('by %s keeps the events of the case from being erased', async (_, thing) => {
    const holdId = await placeHold(archivist, { thing, reason: 'x' }, LI);
    const erasing = requestErasure(archivist, { caseId: 'feed-a/SP1', reason: 'y' }, LI);
    await expect(erasing).rejects.toEqual(refused('refused', /legal hold/));
    await requestLift(archivist, { holdId, reason: 'x' }, LI);
    await confirmHold(archivist, holdId, WANG);
  });

  it('by a period keeps nothing that came before it or from its end on', async () => {
    for (const [from, to] of [
      [AT - 1000, AT],
      [AT + 1, AT + 1000],
    ] as const) {
      const holdId = await placeHold(
        archivist,
        { thing: { kind: 'period', from, to }, reason: 'x' },
        LI,
      );
      const { rows } = await admin.query("select holds_on_case('feed-a/SP1')");
      expect(rows).toEqual([]);
      await requestLift(archivist, { holdId, reason: 'x' }, LI);
      await confirmHold(archivist, holdId, WANG);
    }
  });

  it.each([
    ["update legal_hold set lifted_by = 'x', lifted_at = now()", /append-only/],
    ["update legal_hold set reason = 'x'", /permission denied/],
    [
      'update legal_hold set confirmed_by = placed_by, confirmed_at = now() where confirmed_by is null',
      /check constraint/,
    ],
    [
      "insert into legal_hold (hold_id, kind, subject, reason, placed_at, placed_by, confirmed_at, confirmed_by, tenant) values ('z', 'case', 'c', 'r', now(), 'x', now(), 'y', 'main')",
      /permission denied/,
    ],
    [
      "insert into legal_hold (hold_id, kind, subject, reason, placed_at, placed_by, tenant) values ('z', 'case', 'c', 'r', now(), 'x', 'main')",
      /without its audit record/,
    ],
  ])('is demanded by the database itself: %s', async (sql, words) => {
    const holdId = await placeHold(
      archivist,
      { thing: { kind: 'person', subject: 'U9/G9' }, reason: 'x' },
      LI,
    );
    await expect(archivist.pool.query(sql)).rejects.toThrow(words);
    await requestLift(archivist, { holdId, reason: 'x' }, LI);
    await confirmHold(archivist, holdId, WANG);
  });
});

describe('an erasure', () => {
  it('takes two persons, and a refusal gives its reason', async () => {
    const requestId = await requestErasure(archivist, { caseId: 'feed-a/K2', reason: 'term' }, LI);
    await expect(
      requestErasure(archivist, { caseId: 'feed-a/K2', reason: 'term' }, WANG),
    ).rejects.toEqual(refused('refused', /asked for already/));
    await expect(approveErasure(archivist, requestId, LI)).rejects.toEqual(
      refused('second-person', /asked for by li/),
    );
    await refuseErasure(archivist, { requestId, reason: 'still needed' }, WANG);
    await expect(approveErasure(archivist, requestId, WANG)).rejects.toEqual(
      refused('refused', /has decided/),
    );
    expect(await listErasures(archivist.pool)).toEqual([]);
    expect(await actionsOf(`erasure:${requestId}`)).toEqual([
      { action: 'erasure.requested', actor: 'li' },
      { action: 'erasure.refused', actor: 'wang' },
    ]);
    const [kept] = await loadCases(monitor.pool, monitor, ['feed-a/K2']);
    expect(kept?.content).toMatchObject({ frozen: null, events: [{ id: 'of-K2' }] });
  });

  it('is refused where a hold was placed between asking and deciding', async () => {
    const requestId = await requestErasure(archivist, { caseId: 'feed-a/K3', reason: 'term' }, LI);
    await placeHold(
      archivist,
      { thing: { kind: 'case', subject: 'feed-a/K3' }, reason: 'x' },
      WANG,
    );
    await expect(approveErasure(archivist, requestId, WANG)).rejects.toEqual(
      refused('refused', /legal hold/),
    );
    // Not by the function's own rights either.
    await expect(archivist.pool.query('select destroy_case_key($1)', [requestId])).rejects.toThrow(
      /not approved/,
    );
    const { rows } = await admin.query(
      "select secret is not null as there from case_key where case_id = 'feed-a/K3'",
    );
    expect(rows).toEqual([{ there: true }]);
  });

  it('leaves nothing that opens the events or confirms a guess at them, and every record as it was', async () => {
    const tree = await grown();
    const before = await admin.query<{ record_no: string; leaf: string }>(
      "select record_no, id, leaf, leaf_hash from audit_record where entity = 'case:feed-a/K1' order by entity_seq",
    );
    const requestId = await requestErasure(archivist, { caseId: 'feed-a/K1', reason: 'term' }, LI);
    const erased = await approveErasure(archivist, requestId, WANG);
    expect(erased).toEqual({ caseId: 'feed-a/K1', events: 1, copies: 0, copiedTo: [] });
    const later = await grown();
    expect(later.size).toBeGreaterThan(tree.size);
    for (const { record_no, leaf } of before.rows) {
      const [index, hash] = [Number((await leafOf(record_no)).leaf_index), leafHash(leaf)];
      for (const { size, root } of [tree, later]) {
        const proof = await readInclusion(admin, index, size);
        const claim = { index, size, leafHash: hash, proof, root };
        expect(verifyInclusion(claim, nativeSha256)).toEqual({ ok: true });
      }
    }
    const { rows: keys } = await admin.query(
      "select secret, destroyed_at is not null as destroyed from case_key where case_id = 'feed-a/K1'",
    );
    expect(keys).toEqual([{ secret: null, destroyed: true }]);
    const digest = hash('sha256', 'K1 of-K1', 'hex');
    for (const table of ['event', 'event_identity']) {
      const { rows } = await admin.query(
        `select encode(raw_digest, 'hex') as digest from ${table} where event_id = 'of-K1'`,
      );
      expect(rows).toHaveLength(1);
      expect(rows[0].digest).not.toBe(digest);
    }
    const after = await admin.query<{ id: string; leaf: string; action: string; actor: string }>(
      "select record_no, id, leaf, leaf_hash, action, actor from audit_record where entity = 'case:feed-a/K1' order by entity_seq",
    );
    expect(after.rows.slice(0, -1)).toMatchObject(before.rows);
    expect(after.rows.map(({ leaf }) => leaf).join()).not.toContain(digest);
    expect(after.rows.at(-1)).toMatchObject({ action: 'data.erased', actor: 'wang' });
    expect(JSON.parse(after.rows.at(-1)?.leaf ?? '').fields).toMatchObject({
      requestId,
      requestedBy: 'li',
      events: 1,
    });
    const head = await admin.query(
      `select c.audit_head = r.leaf_hash as same, c.version, c.frozen, c.next_due_at from case_state c
       join audit_record r on r.entity = 'case:' || c.case_id and r.entity_seq = c.audit_seq
       where c.case_id = 'feed-a/K1'`,
    );
    expect(head.rows).toEqual([{ same: true, version: 2, frozen: 'erased', next_due_at: null }]);
    await expect(
      requestErasure(archivist, { caseId: 'feed-a/K1', reason: 'term' }, LI),
    ).rejects.toEqual(refused('refused', /erased already/));
  });

  it('says in which other cases copies of its events stand, and leaves those to be proved', async () => {
    const requestId = await requestErasure(archivist, { caseId: 'feed-a/SP1', reason: 'term' }, LI);
    const erased = await approveErasure(archivist, requestId, WANG);
    expect(erased).toMatchObject({ events: 2, copiedTo: ['feed-a/SP2'] });
    const { rows } = await admin.query<{ digest: string }>(
      "select encode(raw_digest, 'hex') as digest from event where case_id = 'feed-a/SP1' order by event_id",
    );
    const [first, copied] = ['SP1 e1', 'SP1 e2'].map((text) => hash('sha256', text, 'hex'));
    expect(rows[0]?.digest).not.toBe(first);
    expect(rows[1]?.digest).toBe(copied);
    const [other] = await loadCases(monitor.pool, monitor, ['feed-a/SP2']);
    expect(other?.content).toMatchObject({
      events: expect.arrayContaining([expect.objectContaining({ id: 'e2' })]),
    });
  });

  it('takes the digests of an erased case with the last copy, when the case that holds it is erased', async () => {
    const digests = async () => {
      const { rows } = await admin.query<{ digest: string }>(
        `select encode(raw_digest, 'hex') as digest from event where case_id = 'feed-a/SP1' and event_id = 'e2'
         union all select encode(raw_digest, 'hex') from event_identity where case_id = 'feed-a/SP1' and event_id = 'e2'`,
      );
      return rows.map(({ digest }) => digest);
    };
    const guess = hash('sha256', 'SP1 e2', 'hex');
    expect(await digests()).toEqual([guess, guess]);
    // A third case has a copy too: what it reads can still be proved.
    await admin.query('begin');
    await admin.query('set local session_replication_role = replica');
    await admin.query(
      'insert into moved_event select (jsonb_populate_record(m, \'{"case_id": "feed-a/K5"}\')).* from moved_event m where case_id = \'feed-a/SP2\'',
    );
    await admin.query('commit');
    for (const [caseId, left] of [
      ['feed-a/SP2', [guess, guess]],
      ['feed-a/K5', []],
    ] as const) {
      const requestId = await requestErasure(archivist, { caseId, reason: 'term' }, LI);
      await approveErasure(archivist, requestId, WANG);
      expect((await digests()).filter((digest) => digest === guess)).toEqual(left);
    }
    const [one, other] = await digests();
    expect(one).toBe(other);
  });

  it('is refused where events are stored in clear: there is no key', async () => {
    const plain = openWriter({ url: database.url, role: 'mingcha_monitor', masterKey: null });
    await saveStep(plain, {
      ...emptyStep('monitor', AT + 1),
      events: [toSave(sampleEvent('PL', 'of-PL'), 20n)],
      cases: [sampleCase('PL', 0)],
    });
    await closeWriter(plain);
    const requestId = await requestErasure(archivist, { caseId: 'feed-a/PL', reason: 'term' }, LI);
    await expect(approveErasure(archivist, requestId, WANG)).rejects.toEqual(
      refused('refused', /1 events of case feed-a\/PL are stored in clear/),
    );
  });

  it('needs its record, whoever tries', async () => {
    await admin.query('begin');
    try {
      await admin.query('set local role mingcha_archivist');
      await admin.query(
        `insert into erasure_request (request_id, case_id, reason, requested_at, requested_by, tenant)
         values ('q', 'feed-a/K4', 'r', now(), 'a', 'main')`,
      );
      await admin.query(
        "update erasure_request set decision = 'approved', decided_at = now(), decided_by = 'b' where request_id = 'q'",
      );
      await admin.query("select destroy_case_key('q')");
      await expect(admin.query('set constraints all immediate')).rejects.toThrow(
        /without its audit record/,
      );
    } finally {
      await admin.query('rollback');
    }
    await expect(
      admin.query(
        "update case_key set secret = null, destroyed_at = now() where case_id = 'feed-a/K4'",
      ),
    ).rejects.toThrow(/append-only/);
  });

  it('comes from a request, never from a row that was approved from the start', async () => {
    await expect(
      archivist.pool.query(
        `insert into erasure_request (request_id, case_id, reason, requested_at, requested_by, decision, decided_at, decided_by, tenant)
         values ('q', 'feed-a/K4', 'r', now(), 'a', 'approved', now(), 'b', 'main')`,
      ),
    ).rejects.toThrow(/permission denied/);
  });

  it.each([
    ['mingcha_archivist', "update case_state set frozen = 'erased'", /permission denied/],
    ['mingcha_archivist', 'update case_state set next_due_at = null', /permission denied/],
    ['mingcha_archivist', 'update case_state set audit_seq = audit_seq + 1', /permission denied/],
    ['mingcha_archivist', "select freeze_erased_case('none', 1, '')", /has not destroyed/],
    ['mingcha_archivist', "select destroy_case_key_unlocked('none')", /permission denied/],
    ['mingcha_migrator', 'update case_state set version = version', null],
  ])('alone freezes a case: %s may not %s', async (role, sql, words) => {
    await admin.query('begin');
    try {
      await admin.query(`set local role ${role}`);
      const tried = admin.query(sql);
      if (words === null) await expect(tried).resolves.toBeDefined();
      else await expect(tried).rejects.toThrow(words);
    } finally {
      await admin.query('rollback');
    }
  });

  it('waits for a hold that is being placed, and is refused by it', async () => {
    const requestId = await requestErasure(archivist, { caseId: 'feed-a/K4', reason: 'term' }, LI);
    await admin.query('begin');
    let ended = false;
    let erasing: Promise<unknown>;
    try {
      await admin.query(
        `insert into legal_hold (hold_id, kind, subject, reason, placed_at, placed_by, tenant)
         values ('meanwhile', 'case', 'feed-a/K4', 'x', now(), 'li', 'main')`,
      );
      await admin.query(
        `insert into audit_record ("time", id, actor, action, object, schema, tenant, leaf, leaf_hash)
         values (to_timestamp(${AT / 1000}), 'hold:meanwhile', 'li', 'hold.placed', 'hold:meanwhile', 'x', 'main', '{}', sha256('x'))`,
      );
      erasing = approveErasure(archivist, requestId, WANG).finally(() => {
        ended = true;
      });
      erasing.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(ended).toBe(false);
    } finally {
      await admin.query('commit');
    }
    await expect(erasing).rejects.toEqual(refused('refused', /legal hold \(meanwhile\)/));
  });

  it('freezes its case, once, and nobody else does', async () => {
    for (const role of ['mingcha_monitor', 'mingcha_archivist']) {
      await admin.query('begin');
      await admin.query(`set local role ${role}`);
      const tried = admin.query(
        "update case_state set frozen = 'archived' where case_id = 'feed-a/K2'",
      );
      await expect(tried).rejects.toThrow(/is frozen by its erasure|permission denied/);
      await admin.query('rollback');
    }
    const again = archivist.pool.query(
      `select freeze_erased_case(r.request_id, c.audit_seq + 1, sha256('x')) from erasure_request r
       join case_state c using (case_id) where r.case_id = 'feed-a/K1' and r.decision = 'approved'`,
    );
    await expect(again).rejects.toThrow('has not destroyed the key of its case just now');
  });
});
