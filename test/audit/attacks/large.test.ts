import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TrailOffice } from './trail-office.js';

const RECORDS = 200_000;

/** Records of chains of ten, made by the server itself: the leaf is written out as its canonical form. */
const INSERT = `
do $$
declare
  prev bytea[] := array_fill(null::bytea, array[1000]);
  at timestamptz := date_trunc('milliseconds', clock_timestamp());
  leaf text;
  hash bytea;
  entity text;
  seq int;
  slot int;
begin
  for i in 0 .. ${RECORDS - 1} loop
    slot := i % 1000;
    entity := 'case:large/' || slot || '-' || (i / 10000);
    seq := (i % 10000) / 1000 + 1;
    if seq = 1 then prev[slot + 1] := null; end if;
    leaf := format('{"action":"case.noted","actor":"monitor","entity":%s,"entitySeq":%s,"fields":{"offset":"%s","类型":"受理"},"id":%s,"inputsDigest":null,"object":%s,"prev":%s,"ruleVersion":null,"schema":"mingcha.event-accepted/1","tenant":"main","time":"%s","traceId":null}',
      to_json(entity), seq, i, to_json(entity || '#' || seq), to_json('event:large/' || i),
      coalesce('"' || encode(prev[slot + 1], 'hex') || '"', 'null'),
      to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
    hash := sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'));
    insert into audit_record ("time", entity_seq, id, actor, action, object, schema, tenant, entity, prev, leaf, leaf_hash)
    values (at, seq, entity || '#' || seq, 'monitor', 'case.noted', 'event:large/' || i, 'mingcha.event-accepted/1',
      'main', entity, prev[slot + 1], leaf, hash);
    prev[slot + 1] := hash;
  end loop;
end $$`;

describe('mingcha verify --database on a large trail', () => {
  let office: TrailOffice;

  beforeAll(async () => {
    office = await TrailOffice.open();
    await office.goOn(2);
    await office.admin.query(INSERT);
    await office.sequence();
    await office.sign();
  });
  afterAll(() => office.close());

  it('finds nothing in an honest one, and one changed letter among all', async () => {
    const honest = await office.verifyAll('--json');
    const result = JSON.parse(honest.out.trim().split('\n').at(-1) ?? '{}') as Record<
      string,
      number
    >;
    expect([honest.code, result]).toEqual([
      0,
      expect.objectContaining({ exit: 0, size: result.size }),
    ]);
    expect(result.size).toBeGreaterThan(RECORDS);
    const rate = Math.round((result.size ?? 0) / (result.seconds ?? 1));
    process.stderr.write(
      `verify --database: ${result.size} records in ${result.seconds?.toFixed(1)} s, ${rate}/s\n`,
    );
    await office.asAttacker(
      "update audit_tile set hashes = overlay(hashes placing sha256('x') from 65 for 32) where level = 1 and tile_index = 1",
    );
    const tile = await office.verifyAll();
    expect([tile.code, tile.out]).toEqual([20, expect.stringContaining('tile 1/1, hash 2')]);
    await office.rebuildTree();
    const { id } = await office.record(123_456);
    await office.asAttacker(
      `update audit_record set leaf = replace(leaf, '受理', '受里') where id = '${id}'`,
    );
    const { code, out } = await office.verifyAll();
    expect(code).toBe(18);
    expect(out.split('\n').filter((line) => line.startsWith('['))).toEqual([
      expect.stringContaining(`[18] Record ${id} (place 123456 of the log)`),
    ]);
  });
});
