import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { leafHash } from '#core/audit/leaf-hash.js';
import { judgeCheckpoint } from '#core/audit/note/checkpoint.js';
import { parseVerifierKey } from '#core/audit/note/note-key.js';
import { parseProof } from '#core/audit/note/tlog-proof.js';
import { decodeEntries } from '#core/audit/tree/entry-bundle.js';
import { verifyConsistency, verifyInclusion } from '#core/audit/tree/proof.js';
import { ORIGIN, TrailOffice } from '../audit/attacks/trail-office.js';
import { ApiServer } from './api-server.js';
import { breaches } from './schema-check.js';

let server: ApiServer;
let office: TrailOffice;
let size: number;

beforeAll(async () => {
  server = await ApiServer.start({ MINGCHA_LOG_ENTRIES: 'true' });
  office = await TrailOffice.open(server.database);
});
afterAll(async () => {
  await office.close();
  await server.stop();
});

const sizeNow = () => office.value<number>('select size::int as value from audit_tree');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const bytesOf = async (path: string) => {
  const answer = await fetch(server.origin + path);
  return { answer, bytes: new Uint8Array(await answer.arrayBuffer()) };
};

describe('the log, before its first checkpoint', () => {
  it('has none, and says so', async () => {
    const { status, body } = await server.get('/log/checkpoint');
    expect([status, body]).toEqual([
      404,
      expect.objectContaining({ type: 'urn:mingcha:problem:no-such-tile' }),
    ]);
  });

  it('proves nothing that is not signed yet', async () => {
    await office.save(1);
    const answer = await server.get('/v1/audit/proofs/inclusion?record=case:feed-a/A0%231');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(answer.body).toMatchObject({ type: 'urn:mingcha:problem:not-signed-yet' });
  });
});

describe('the log', () => {
  beforeAll(async () => {
    for (let stretch = 0; stretch < 2; stretch += 1) await office.goOn(40);
    size = await sizeNow();
  });

  const checkpoint = async () => {
    const { text } = await server.get('/log/checkpoint');
    const policy = {
      origin: ORIGIN,
      logKeys: [parseVerifierKey(office.signer.vkey)],
      witnesses: office.witnesses.map(({ vkey }) => parseVerifierKey(vkey)),
      quorum: 2,
    };
    const outcome = judgeCheckpoint(text, policy, verifyEd25519);
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome.checkpoint;
  };

  it('gives its checkpoint, kept for a second, and 304 to who has it', async () => {
    const answer = await server.get('/log/checkpoint');
    expect([
      answer.status,
      answer.headers.get('content-type'),
      answer.headers.get('cache-control'),
    ]).toEqual([200, 'text/plain; charset=utf-8', 'public, max-age=1']);
    expect((await checkpoint()).size).toBe(size);
    const etag = answer.headers.get('etag') ?? '';
    const again = await server.get('/log/checkpoint', { 'if-none-match': `"x", ${etag}` });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('gives tiles for ever, the same in every language', async () => {
    const { answer, bytes } = await bytesOf(`/log/tile/0/000.p/${size}`);
    expect([
      answer.status,
      answer.headers.get('content-type'),
      answer.headers.get('cache-control'),
    ]).toEqual([200, 'application/octet-stream', 'public, max-age=31536000, immutable']);
    expect([answer.headers.get('vary'), answer.headers.get('content-language')]).toEqual([
      null,
      null,
    ]);
    expect(bytes).toHaveLength(size * 32);
    const { bytes: less } = await bytesOf('/log/tile/0/000.p/3');
    expect(less).toEqual(bytes.subarray(0, 96));
  });

  it.each([
    '0/000',
    '0/001.p/1',
    '1/000.p/1',
    '0/0',
    '0/000.p/0',
    '0/000.p/256',
    '7/000',
    '0/x000/000',
    '0/%30%30%30',
    '..%2f0',
  ])('has no tile %s', async (path) => {
    const answer = await server.get(`/log/tile/${path}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
  });

  it('gives entries of which each has the hash of its tile', async () => {
    const { bytes } = await bytesOf(`/log/tile/entries/000.p/${size}`);
    const { bytes: tile } = await bytesOf(`/log/tile/0/000.p/${size}`);
    const leaves = decodeEntries(bytes);
    expect(leaves).toHaveLength(size);
    for (const [at, leaf] of leaves.entries())
      expect(
        sha256(Buffer.concat([Buffer.alloc(1), leaf])).equals(tile.subarray(at * 32, at * 32 + 32)),
      ).toBe(true);
  });

  it('gives entries only where the settings say so', async () => {
    const closed = await ApiServer.start();
    try {
      expect((await closed.get('/log/tile/entries/000.p/1')).status).toBe(404);
    } finally {
      await closed.stop();
    }
  });

  it('proves that a record is in it', async () => {
    const id = 'case:feed-a/A1#2';
    const { text, headers } = await server.get(
      `/v1/audit/proofs/inclusion?record=${encodeURIComponent(id)}`,
    );
    expect(headers.get('etag')).toMatch(/^".+"$/);
    const { root } = await checkpoint();
    const { index, proof } = parseProof(text);
    const record = await server.get(`/v1/audit/records/${encodeURIComponent(id)}`);
    expect(breaches('get', '/v1/audit/records/{id}', record)).toEqual([]);
    const { leaf, leafIndex, checkpointSize } = record.body as {
      leaf: string;
      leafIndex: number;
      checkpointSize: number;
    };
    expect([leafIndex, checkpointSize, JSON.parse(leaf)]).toEqual([
      index,
      size,
      expect.objectContaining({ id }),
    ]);
    expect(verifyInclusion({ index, size, leafHash: leafHash(leaf), proof, root })).toEqual({
      ok: true,
    });
  });

  it('proves that it only grew', async () => {
    const first = await office.value<number>(
      'select min(size)::int as value from audit_checkpoint',
    );
    const old = await office.value<Buffer>(
      'select root as value from audit_checkpoint order by size limit 1',
    );
    const { text } = await server.get(`/v1/audit/proofs/consistency?from=${first}&to=${size}`);
    const proof = text
      .split('\n')
      .filter(Boolean)
      .map((line) => Buffer.from(line, 'base64'));
    const { root } = await checkpoint();
    expect(
      verifyConsistency({ size1: first, size2: size, root1: old, root2: root, proof }),
    ).toEqual({ ok: true });
  });

  it('finds records that belong to no entity', async () => {
    const { rows } = await office.admin.query<{ id: string }>(
      'select id from audit_record where entity is null limit 1',
    );
    const [alone] = rows;
    if (alone === undefined) return;
    expect((await server.get(`/v1/audit/records/${encodeURIComponent(alone.id)}`)).status).toBe(
      200,
    );
  });

  it.each([
    ['proofs/inclusion', 400, 'record'],
    ['proofs/inclusion?record=none%231', 404, null],
    [`proofs/inclusion?record=${'x'.repeat(1_001)}`, 400, 'record'],
    ['proofs/consistency', 400, 'to'],
    ['proofs/consistency?from=0&to=2', 400, 'from'],
    ['proofs/consistency?from=3&to=2', 400, 'from'],
    ['proofs/consistency?from=1&to=99999999', 404, null],
    ['proofs/consistency?from=1&to=1e3', 400, 'to'],
    ['proofs/inclusion?record=a%231&x=1', 400, 'x'],
    ['records/none', 404, null],
  ])('answers %s with %p', async (path, status, field) => {
    const answer = await server.get(`/v1/audit/${path}`);
    expect(answer.status).toBe(status);
    const { errors = [] } = answer.body as { errors?: { field: string }[] };
    if (field !== null) expect(errors.map((one) => one.field)).toContain(field);
  });
});
