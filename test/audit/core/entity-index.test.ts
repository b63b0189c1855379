import { describe, expect, it } from '@jest/globals';
import { leafText } from '#core/audit/audit-record.js';
import {
  BUCKETS,
  bucketOf,
  buildIndex,
  commitmentRecord,
  decodeBucket,
  EntityIndexError,
  encodeBucket,
  entityHash,
  type IndexRow,
  readCommitment,
} from '#core/audit/entity/entity-index.js';
import {
  type EntityProof,
  formatEntityProof,
  headFromProof,
  judgeEntity,
  type PlacedLeaf,
} from '#core/audit/entity/entity-proof.js';
import { readLeaf } from '#core/audit/read-leaf.js';
import { nativeSha256, plainLeafHash, plainPath, plainRoot } from './plain-tree.js';
import { chainOf, recordOf } from './sample-chain.js';
import { toHex } from './vectors.js';

const names = Array.from({ length: 3000 }, (_, index) => `case:feed-a/SP${index}`);

/** Rows in the order of their hashes, compared as texts. */
const inOrder = (rows: IndexRow[]): IndexRow[] =>
  rows.sort((a, b) => (toHex(a.entityHash) < toHex(b.entityHash) ? -1 : 1));

const rowOf = (entity: string, entitySeq: number, head: Uint8Array): IndexRow => ({
  entityHash: entityHash(entity, nativeSha256),
  entitySeq,
  head,
});

const OURS = 'case:feed-a/SP7';
const SIZE = 1000;
// Four records before the index was built, one since; the second and third stand in the tree the other way round.
const chain = chainOf(OURS, 5);
const leaves: PlacedLeaf[] = chain.map((leaf, at) => ({
  ...leaf,
  leafIndex: [3, 90, 89, 999, 1000][at]!,
}));
const rows = inOrder(
  names.map((name, index) =>
    name === OURS
      ? rowOf(name, 4, chain[3]!.leafHash)
      : rowOf(name, index + 1, plainLeafHash(Buffer.from(name))),
  ),
);
const index = buildIndex(rows, nativeSha256);
const commitment = { size: SIZE, entities: index.entities, root: index.root };
const bucket = bucketOf(entityHash(OURS));
const inBucket = rows.filter((row) => bucketOf(row.entityHash) === bucket);
const shown = formatEntityProof(index, { size: SIZE, recordIndex: 1001, bucket }, inBucket);
const judge = (given: readonly PlacedLeaf[], proof: EntityProof = shown) =>
  judgeEntity(OURS, given, { shown: proof, commitment }, nativeSha256);

describe('the index of entity chains', () => {
  it('is the RFC 6962 tree over 65,536 buckets of rows in the order of hashes', () => {
    // Written from the description, without the code's own encoding.
    const buckets = Array.from({ length: BUCKETS }, () => [] as Uint8Array[]);
    for (const { entityHash: hash, entitySeq, head } of rows) {
      const number = Buffer.alloc(8);
      number.writeBigUInt64BE(BigInt(entitySeq));
      buckets[Buffer.from(hash).readUInt16BE(0)]!.push(hash, number, head);
    }
    const hashes = buckets.map((parts) => plainLeafHash(Buffer.concat(parts)));
    expect(index.entities).toBe(3000);
    expect(index.root).toEqual(plainRoot(hashes));
    expect(index.prove(bucket)).toEqual(plainPath(bucket, hashes));
    expect(index.prove(BUCKETS - 1)).toEqual(plainPath(BUCKETS - 1, hashes));
  });

  it('without entities has a root too', () => {
    const empty = plainLeafHash(new Uint8Array(0));
    const root = plainRoot(Array.from({ length: BUCKETS }, () => empty));
    expect(buildIndex([], nativeSha256)).toMatchObject({ entities: 0, root });
  });

  it('refuses rows out of order, twice, or with what is no hash or number', () => {
    const build = (given: IndexRow[]) => () => buildIndex(given, nativeSha256);
    const [first, second] = [rows[0]!, rows[1]!];
    expect(build([second, first])).toThrow(EntityIndexError);
    expect(build([first, first])).toThrow(/stands twice/);
    for (const bad of [
      { ...first, entitySeq: 0 },
      { ...first, entitySeq: 1.5 },
      { ...first, head: new Uint8Array(31) },
      { ...first, entityHash: first.entityHash.subarray(0, 31) },
    ])
      expect(build([bad])).toThrow(EntityIndexError);
  });

  it('reads a bucket as it is written, and nothing else', () => {
    const bytes = encodeBucket(bucket, inBucket);
    expect(decodeBucket(bucket, bytes)).toEqual(inBucket);
    expect(decodeBucket(9, new Uint8Array(0))).toEqual([]);
    expect(() => decodeBucket(bucket, bytes.subarray(1))).toThrow(/no whole rows/);
    expect(() => decodeBucket((bucket + 1) % BUCKETS, bytes)).toThrow(/is not of bucket/);
    const twice = new Uint8Array([...bytes, ...bytes]);
    expect(() => decodeBucket(bucket, twice)).toThrow(/stands twice/);
  });

  it('is committed to by an audit record that reads back', () => {
    const { fields, ...members } = commitmentRecord(commitment);
    expect(members).toEqual({
      action: 'index.committed',
      object: 'audit-index:1000',
      schema: 'mingcha.index-committed/1',
    });
    const first = readLeaf(recordOf(OURS, 1, null))!;
    expect(readCommitment(first)).toBeNull();
    const record = { ...first, ...members, fields };
    expect(readCommitment(readLeaf(leafText(record))!)).toEqual(commitment);
    for (const bad of [
      { object: 'audit-index:1001' },
      { schema: 'mingcha.index-committed/2' },
      { fields: { ...fields, root: toHex(commitment.root).toUpperCase() } },
      { fields: { ...fields, root: 'ab' } },
      { fields: { ...fields, entities: '3000' } },
      { fields: { ...fields, size: -1 }, object: 'audit-index:-1' },
    ])
      expect(readCommitment({ ...record, ...bad })).toBeNull();
  });
});

describe('the proof of an entity', () => {
  it('shows that its records are all that there were', () => {
    expect(judge(leaves)).toEqual({ ok: true, complete: 4, since: 1 });
    expect(judge(leaves.slice(0, 4))).toEqual({ ok: true, complete: 4, since: 0 });
  });

  it('finds any record that is left out, also the last ones', () => {
    expect(judge(leaves.slice(0, 3))).toEqual({ ok: false, reason: 'missing', at: 4 });
    expect(judge([])).toEqual({ ok: false, reason: 'missing', at: 1 });
    expect(judge(leaves.toSpliced(1, 1))).toEqual({ ok: false, reason: 'gap', at: 2 });
    expect(judge(leaves.slice(1))).toEqual({ ok: false, reason: 'gap', at: 1 });
  });

  it('finds an index that leaves out the last records', () => {
    const short = rows.map((row) =>
      bucketOf(row.entityHash) === bucket && row.entitySeq === 4
        ? { ...row, entitySeq: 3, head: chain[2]!.leafHash }
        : row,
    );
    const other = buildIndex(short, nativeSha256);
    const proof = formatEntityProof(
      other,
      { size: SIZE, recordIndex: 1001, bucket },
      short.filter((row) => bucketOf(row.entityHash) === bucket),
    );
    const committed = { ...commitment, root: other.root };
    expect(judgeEntity(OURS, leaves, { shown: proof, commitment: committed })).toEqual({
      ok: false,
      reason: 'extra',
      at: 4,
    });
    // Against the root that was committed to, it shows nothing.
    expect(judge(leaves, proof)).toEqual({ ok: false, reason: 'commitment', at: null });
    expect(judge(leaves, { ...proof, root: shown.root })).toEqual({
      ok: false,
      reason: 'root',
      at: null,
    });
  });

  it('finds another last record, or one that stands behind the index', () => {
    const moved = leaves.with(3, { ...leaves[3]!, leafIndex: SIZE });
    expect(judge(moved)).toEqual({ ok: false, reason: 'head', at: 4 });
    const other = chainOf(OURS, 3).map((leaf, at) => ({ ...leaf, leafIndex: at }));
    const last = recordOf(OURS, 4, toHex(other[2]!.leafHash)).replace('monitor', 'visitor');
    const forged = [
      ...other,
      { leaf: last, leafHash: plainLeafHash(Buffer.from(last)), leafIndex: 4 },
    ];
    expect(judge(forged)).toEqual({ ok: false, reason: 'head', at: 4 });
  });

  it('shows for an entity without records that it has none', () => {
    const none = 'case:feed-a/none';
    const its = bucketOf(entityHash(none));
    const itsRows = rows.filter((row) => bucketOf(row.entityHash) === its);
    const proof = formatEntityProof(index, { size: SIZE, recordIndex: 1001, bucket: its }, itsRows);
    expect(headFromProof(none, proof, commitment)).toEqual({ ok: true, head: null });
    expect(judgeEntity(none, [], { shown: proof, commitment })).toMatchObject({ complete: 0 });
  });

  it('of another bucket, size or with rows that are none is refused', () => {
    const refused = (changed: Partial<EntityProof>) => {
      const outcome = headFromProof(OURS, { ...shown, ...changed }, commitment, nativeSha256);
      return outcome.ok ? 'ok' : outcome.reason;
    };
    const row = shown.rows[0]!;
    expect(refused({})).toBe('ok');
    expect(refused({ size: SIZE + 1 })).toBe('commitment');
    expect(refused({ bucket: (bucket + 1) % BUCKETS })).toBe('bucket');
    expect(refused({ rows: [] })).toBe('root');
    expect(refused({ rows: [row.toUpperCase(), ...shown.rows.slice(1)] })).toBe('rows');
    expect(refused({ rows: [row.slice(2)] })).toBe('rows');
    expect(refused({ rows: [...shown.rows, row] })).toBe('rows');
    expect(refused({ proof: shown.proof.slice(1) })).toBe('root');
    expect(refused({ proof: shown.proof.with(3, 'zz') })).toBe('root');
  });
});

describe('a leaf', () => {
  const text = recordOf(OURS, 1, null);

  it('is read as it was written', () => {
    expect(leafText(readLeaf(text)!)).toBe(text);
    expect(readLeaf(text)).toMatchObject({
      entity: OURS,
      entitySeq: 1,
      time: Date.UTC(2025, 0, 2, 3, 4, 5, 1),
    });
  });

  it.each([
    ['not JSON', text.slice(1)],
    ['with white space', text.replace(':', ': ')],
    ['with a member twice', text.replace('"actor"', '"action":"x","actor"')],
    ['with a member more', text.replace('{', '{"aaa":1,')],
    ['with a member less', text.replace('"traceId":null', '').replace(',}', '}')],
    ['with a time that is none', text.replace('2025-01-02', '2025-13-02')],
    ['with a time of another form', text.replace('.001Z', 'Z')],
    [
      'with a number that is no safe integer',
      text.replace('"type":"approval.accepted"', '"type":0.5'),
    ],
    ['with a number for a text', text.replace('"monitor"', '7')],
    ['with a negative number in its chain', text.replace('"entitySeq":1', '"entitySeq":-1')],
    ['nested without end', text.replace('"approval.accepted"', '['.repeat(1e5) + ']'.repeat(1e5))],
    ['with broken Unicode', text.replace('"approval.accepted"', '"\\ud800"')],
    ['with a list of fields', text.replace('{"type":"approval.accepted"}', '[]')],
  ])('%s is none', (_name, changed) => {
    expect(changed).not.toBe(text);
    expect(readLeaf(changed)).toBeNull();
  });
});
