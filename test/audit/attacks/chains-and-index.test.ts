import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PoolClient } from 'pg';
import { buildIndex, entityHash } from '#core/audit/entity/entity-index.js';
import { AuditTrail } from '#store/audit-trail.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { monitorOf } from '../../store/sample-step.js';
import { TrailOffice } from './trail-office.js';

let office: TrailOffice;
let writer: Writer;

beforeEach(async () => {
  office = await TrailOffice.open();
  writer = monitorOf(office.database.url);
  await office.goOn(4);
});
afterEach(async () => {
  await closeWriter(writer);
  await office.close();
});

const scope = {
  regionCode: '130602',
  unitPath: 'x',
  subjectPersons: [],
  recipientUnit: 'U1',
  sharedSpace: false,
};
const found = async (...more: string[]) => {
  const { code, out } = await office.verifyAll(...more);
  return { code, out, faults: out.split('\n').filter((line) => /^\[\d+\]/.test(line)) };
};

/** Writes a record as a process does, in a transaction that the caller ends. */
async function write(
  client: PoolClient,
  {
    entity,
    seq,
    hash,
    action = 'case.noted',
    object = 'event:x',
    fields = {},
  }: {
    entity: string | null;
    seq: number;
    hash: Buffer | null;
    action?: string;
    object?: string;
    fields?: Record<string, string | number>;
  },
): Promise<void> {
  const trail = new AuditTrail({
    time: Date.now(),
    actor: 'monitor',
    tenant: 'main',
    traceId: null,
  });
  const deed = {
    action,
    object,
    schema: `mingcha.${action}/1`,
    ruleVersion: null,
    inputsDigest: null,
    fields,
  };
  if (entity === null) trail.appendAlone(object, deed, null);
  else trail.append(entity, { seq, hash }, deed, scope);
  await trail.write(client);
}

const headOf = async (entity: string) => {
  const { rows } = await office.admin.query<{ seq: number; hash: Buffer }>(
    `select entity_seq::int as seq, leaf_hash as hash from audit_record where entity = '${entity}' order by entity_seq desc limit 1`,
  );
  return rows[0] as { seq: number; hash: Buffer };
};

describe('chains of records', () => {
  it('may stand in the log before their predecessor: the earlier transaction wrote last', async () => {
    const early = await writer.pool.connect();
    await early.query('begin');
    await early.query('select pg_current_xact_id()');
    const late = await writer.pool.connect();
    const entity = 'case:feed-a/A0';
    await late.query('begin');
    await write(late, { entity, ...(await headOf(entity)) });
    await late.query('commit');
    late.release();
    await write(early, { entity, ...(await headOf(entity)) });
    await early.query('commit');
    early.release();
    await office.sequence();
    await office.sign();
    const order = await office.value<number[]>(
      `select array_agg(r.entity_seq::int order by l.leaf_index desc) as value from audit_leaf l join audit_record r using (record_no) where r.entity = '${entity}'`,
    );
    // The log does hold them the other way round, or the test shows nothing.
    expect((order[0] ?? 0) < (order[1] ?? 0)).toBe(true);
    expect(await found()).toMatchObject({ code: 0, faults: [] });
  });

  it('that fork are found: two records name one predecessor', async () => {
    const entity = 'case:feed-a/A0';
    const { seq, hash } = await headOf(entity);
    const client = await writer.pool.connect();
    await write(client, { entity, seq, hash });
    await write(client, { entity, seq: seq + 1, hash });
    client.release();
    await office.sequence();
    await office.sign();
    const { code, faults } = await found();
    expect([code, faults]).toEqual([
      15,
      [expect.stringContaining(`[15] Record ${entity}#${seq + 2}`)],
    ]);
  });

  it('that repeat a number are found', async () => {
    const entity = 'case:feed-a/A0';
    const { seq } = await headOf(entity);
    const client = await writer.pool.connect();
    await write(client, { entity, seq: seq - 1, hash: (await headOf('case:feed-a/A1')).hash });
    client.release();
    await office.sequence();
    await office.sign();
    const { code, faults } = await found();
    expect([code, faults]).toEqual([
      15,
      [expect.stringContaining(`[15] Record ${entity}#${seq} (place`)],
    ]);
  });
});

describe('the committed index', () => {
  /** Commits the index of all entities, or of those that `leave` does not name. */
  const commit = async (leave: string | null) => {
    const size = await office.value<number>('select size::int as value from audit_tree');
    const { rows } = await office.admin.query<{ entity: string; seq: number; head: Buffer }>(
      `select distinct on (r.entity) r.entity, r.entity_seq::int as seq, r.leaf_hash as head
       from audit_record r where r.entity is not null order by r.entity, r.entity_seq desc`,
    );
    const index = buildIndex(
      rows
        .filter(({ entity }) => entity !== leave)
        .map(({ entity, seq, head }) => ({ entityHash: entityHash(entity), entitySeq: seq, head }))
        .sort((one, other) => Buffer.compare(one.entityHash, other.entityHash)),
    );
    const root = Buffer.from(index.root);
    const object = `audit-index:${size}`;
    const fields = { size, entities: index.entities, root: root.toString('hex') };
    // By the superuser: no application may, but for the sequencer.
    await write(office.admin as unknown as PoolClient, {
      entity: null,
      seq: 0,
      hash: null,
      action: 'index.committed',
      object,
      fields,
    });
    await office.admin.query(
      `insert into audit_index (size, entities, root, record_no, committed_at)
       select $1, $2, $3, max(record_no), now() from audit_record where action = 'index.committed'`,
      [size, index.entities, root],
    );
    await office.goOn(3);
    return object;
  };

  it('is that of all entities', async () => {
    await commit(null);
    await commit(null);
    const { code, out } = await found();
    expect([code, out]).toEqual([0, expect.stringContaining('2 indexes')]);
  });

  it('that leaves an entity out is found', async () => {
    const object = await commit('case:feed-a/A1');
    const { code, faults } = await found();
    expect([code, faults]).toEqual([15, [expect.stringContaining(`[15] Record ${object} `)]]);
  });

  it('that the database does not list is found', async () => {
    const object = await commit(null);
    await office.asAttacker('delete from audit_index');
    const { code, faults } = await found();
    expect([code, faults]).toEqual([15, [expect.stringContaining(`[15] Record ${object} `)]]);
  });
});
