import { leafText } from '#core/audit/audit-record.js';
import type { KeptLeaf } from '#core/audit/entity/entity-chain.js';
import { leafHash } from '#core/audit/leaf-hash.js';
import { toHex } from './vectors.js';

/** Leaf text of a record in the chain of an entity. */
export function recordOf(entity: string, entitySeq: number, prev: string | null): string {
  return leafText({
    id: `${entity}#${entitySeq}`,
    time: Date.UTC(2025, 0, 2, 3, 4, 5, entitySeq),
    actor: 'monitor',
    action: 'event.accepted',
    object: `event:feed-a/${entitySeq}`,
    schema: 'mingcha.event-accepted/1',
    tenant: 'main',
    entity,
    entitySeq,
    prev,
    ruleVersion: null,
    inputsDigest: null,
    traceId: null,
    fields: { type: 'approval.accepted' },
  });
}

/** A text with the hash that belongs to it. */
export const keep = (leaf: string): KeptLeaf => ({ leaf, leafHash: leafHash(leaf) });

/** A chain without faults. */
export function chainOf(entity: string, count: number): KeptLeaf[] {
  const leaves: KeptLeaf[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    const before = leaves.at(-1);
    leaves.push(keep(recordOf(entity, seq, before === undefined ? null : toHex(before.leafHash))));
  }
  return leaves;
}
