import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkChain } from '#core/audit/entity/entity-chain.js';
import { leafHash } from '#core/audit/leaf-hash.js';
import { chainOf, keep, recordOf } from './sample-chain.js';

const ENTITY = 'case:feed-a/SP1';

describe('the chain of an entity', () => {
  it('without faults leads to its last record, at once or in parts', () => {
    const leaves = chainOf(ENTITY, 7);
    const whole = { ok: true, head: { entitySeq: 7, head: leafHash(leaves[6]!.leaf) } };
    expect(checkChain(ENTITY, leaves)).toEqual(whole);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 }), (cut) => {
        const first = checkChain(ENTITY, leaves.slice(0, cut));
        const { head } = first as Extract<typeof first, { ok: true }>;
        expect(head?.entitySeq ?? 0).toBe(cut);
        expect(checkChain(ENTITY, leaves.slice(cut), head)).toEqual(whole);
      }),
    );
    expect(checkChain(ENTITY, [])).toEqual({ ok: true, head: null });
  });

  it('with any record left out, twice or exchanged with the next is refused at that place', () => {
    const leaves = chainOf(ENTITY, 6);
    for (let at = 0; at < 5; at += 1) {
      const gap = { ok: false, reason: 'gap', at: at + 1 };
      expect(checkChain(ENTITY, leaves.toSpliced(at, 1))).toEqual(gap);
      const twice = checkChain(ENTITY, leaves.toSpliced(at, 0, leaves[at]!));
      expect(twice).toEqual({ ok: false, reason: 'gap', at: at + 2 });
      const exchanged = leaves.with(at, leaves[at + 1]!).with(at + 1, leaves[at]!);
      expect(checkChain(ENTITY, exchanged)).toEqual(gap);
    }
  });

  it('with an edited record is refused: by its hash, or by the next where the hash was edited too', () => {
    const leaves = chainOf(ENTITY, 4);
    const edited = leaves[1]!.leaf.replace('monitor', 'visitor');
    expect(checkChain(ENTITY, leaves.with(1, { ...leaves[1]!, leaf: edited }))).toEqual({
      ok: false,
      reason: 'hash',
      at: 2,
    });
    expect(checkChain(ENTITY, leaves.with(1, keep(edited)))).toEqual({
      ok: false,
      reason: 'prev',
      at: 3,
    });
  });

  it('with a record of another entity, or text that is no record, is refused', () => {
    const leaves = chainOf(ENTITY, 3);
    const foreign = checkChain(ENTITY, leaves.with(2, chainOf('case:feed-a/SP2', 3)[2]!));
    expect(foreign).toEqual({ ok: false, reason: 'foreign', at: 3 });
    for (const text of ['', '{}', '[]', 'null', '{', ` ${leaves[2]!.leaf}`])
      expect(checkChain(ENTITY, leaves.with(2, keep(text)))).toEqual({
        ok: false,
        reason: 'form',
        at: 3,
      });
  });

  it('begins with number 1 and without a predecessor', () => {
    expect(checkChain(ENTITY, [keep(recordOf(ENTITY, 1, 'ab'.repeat(32)))])).toEqual({
      ok: false,
      reason: 'prev',
      at: 1,
    });
    expect(checkChain(ENTITY, [keep(recordOf(ENTITY, 2, null))])).toEqual({
      ok: false,
      reason: 'gap',
      at: 1,
    });
  });
});
