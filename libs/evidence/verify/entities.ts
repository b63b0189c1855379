import type { AuditRecord } from '#core/audit/audit-record.js';
import type { ChainHead } from '#core/audit/entity/entity-chain.js';
import { readCommitment } from '#core/audit/entity/entity-index.js';
import { type EntityProof, headFromProof } from '#core/audit/entity/entity-proof.js';
import { toHex } from '#core/audit/hex.js';
import { sameBytes } from '#core/audit/tree/hash-tree.js';
import type { Inspection } from './inspection.js';
import { BUNDLE_EXIT } from './outcome.js';
import { type BundleRecord, type Leaf, recordPath } from './records.js';
import type { BundleRequest } from './request.js';
import { hex, index, listOf, object, type Shape, text } from './shape.js';

/** `data/entity/<hash>.json`: the whole chain of one entity, and its place in the index that the log committed to. */
interface EntityFile {
  readonly entity: string;
  readonly count: number;
  readonly records: readonly number[];
  readonly index: EntityProof;
}

const FOLDER = 'data/entity/';

const ENTITY: Shape<EntityFile> = object<EntityFile>({
  entity: text,
  count: index,
  records: listOf(index),
  index: object<EntityProof>({
    size: index,
    root: hex(32),
    recordIndex: index,
    bucket: index,
    rows: listOf(hex()),
    proof: listOf(hex(32)),
  }),
});

type Records = ReadonlyMap<number, BundleRecord>;

/** Records of one entity in order of its chain. */
export type Chains = ReadonlyMap<string, readonly BundleRecord[]>;

export interface Entities {
  readonly chains: Chains;
  /** Records that stand in the list of a chain. */
  readonly listed: ReadonlySet<number>;
}

/**
 * The chain of every entity, complete from its first record to the head that the log committed to: a record that was
 * left out is named by its number, also the last ones, and also where all lists and manifests were made anew without it.
 */
export function inspectEntities(
  inspection: Inspection,
  records: Records,
  request: BundleRequest,
): Entities {
  const { report } = inspection;
  const chains = new Map<string, readonly BundleRecord[]>();
  const listed = new Set<number>();
  for (const path of inspection.below(FOLDER)) {
    const file = inspection.json(path, ENTITY);
    if (file === null) continue;
    if (path !== `${FOLDER}${inspection.machinery.sha256Hex(file.entity)}.json`) {
      report.fail(BUNDLE_EXIT.chain, 'entity.misnamed', path, { entity: file.entity });
      continue;
    }
    for (const leafIndex of file.records) listed.add(leafIndex);
    const chain = chainOf(inspection, path, file, records);
    chains.set(file.entity, chain);
    inspectHead(inspection, { path, file, chain, records, request });
  }
  report.tally.entities = chains.size;
  return { chains, listed };
}

/** Records of the entity by number within it, each holding the leaf hash of the one before. */
function chainOf(
  inspection: Inspection,
  path: string,
  { entity, count, records: listed }: EntityFile,
  records: Records,
): BundleRecord[] {
  const { report } = inspection;
  const bySeq = new Map<number, BundleRecord>();
  for (const leafIndex of listed) {
    const record = records.get(leafIndex);
    if (record === undefined) {
      const file = recordPath(leafIndex);
      if (!inspection.files.has(file)) report.fail(BUNDLE_EXIT.fileMissing, 'file.missing', file);
    } else if (record.leaf.entity !== entity || record.leaf.entitySeq === null)
      report.fail(BUNDLE_EXIT.chain, 'entity.foreign', record.path, { entity, record: leafIndex });
    else bySeq.set(record.leaf.entitySeq, record);
  }
  let last = count;
  for (const seq of bySeq.keys()) last = Math.max(last, seq);
  reportMissing(inspection, { path, entity, from: 1, to: last }, bySeq);
  const chain = [...bySeq].sort(([a], [b]) => a - b).map(([, record]) => record);
  for (const [at, record] of chain.entries()) {
    const before = chain[at - 1];
    const seq = record.leaf.entitySeq as number;
    if (before !== undefined && before.leaf.entitySeq !== seq - 1) continue;
    if (before === undefined && seq !== 1) continue;
    const prev = before === undefined ? null : toHex(before.leafHash);
    if (record.leaf.prev !== prev)
      report.fail(BUNDLE_EXIT.chain, 'entity.joint', record.path, { entity, seq });
  }
  return chain;
}

/** So many are named; a number that somebody made up must not keep the verifier busy for ever. */
const MOST_NAMED = 100;

function reportMissing(
  { report }: Inspection,
  where: {
    readonly path: string;
    readonly entity: string;
    readonly from: number;
    readonly to: number;
  },
  known?: ReadonlyMap<number, BundleRecord>,
): void {
  const { path, entity, from, to } = where;
  let missing = Math.max(0, to - from + 1) - (known?.size ?? 0);
  for (let seq = from; seq <= to && missing > 0; seq += 1) {
    if (known?.has(seq)) continue;
    report.fail(BUNDLE_EXIT.chain, 'entity.missing', path, { entity, seq });
    missing -= 1;
    if (seq - from > MOST_NAMED + (known?.size ?? 0)) break;
  }
}

interface Head {
  readonly path: string;
  readonly file: EntityFile;
  readonly chain: readonly BundleRecord[];
  readonly records: Records;
  readonly request: BundleRequest;
}

/** The index of all entities, which a record of the log committed to, says how many records there are and which is the last. */
function inspectHead(inspection: Inspection, head: Head): void {
  const { path, file, chain } = head;
  const { entity } = file;
  const outcome = committedHead(inspection, head);
  const fault = outcome.ok ? headFault(head, outcome.head) : outcome.reason;
  if (outcome.ok) {
    const last = chain.findLast((record) => record.index < file.index.size)?.leaf.entitySeq ?? 0;
    const from = Math.max(last, file.count) + 1;
    reportMissing(inspection, { path, entity, from, to: outcome.head?.entitySeq ?? 0 });
  }
  if (fault !== null)
    inspection.report.fail(BUNDLE_EXIT.chain, 'entity.index', path, { entity, reason: fault });
}

/** Number and hash of the entity's last record, as the log committed to it; or why that is not shown. */
function committedHead({ machinery }: Inspection, { file, records, request }: Head) {
  const record = records.get(file.index.recordIndex);
  const commitment = record === undefined ? null : commitmentOf(record.leaf);
  if (commitment === null || file.index.recordIndex < commitment.size)
    return { ok: false as const, reason: 'record' };
  if (commitment.size !== request.indexSize) return { ok: false as const, reason: 'size' };
  return headFromProof(file.entity, file.index, commitment, machinery.sha256);
}

function commitmentOf(leaf: Leaf) {
  return readCommitment({ ...leaf, time: 0 } as unknown as AuditRecord);
}

/** Why the chain does not end where the log says; null where it does, or ends before (then records are missing). */
function headFault({ file, chain }: Head, head: ChainHead | null): string | null {
  const last = chain.findLast((record) => record.index < file.index.size);
  const seq = last?.leaf.entitySeq ?? 0;
  const stated = head?.entitySeq ?? 0;
  if (seq > stated || (file.count !== stated && seq === stated)) return 'count';
  if (seq < stated || last === undefined || head === null) return null;
  return sameBytes(last.leafHash, head.head) ? null : 'head';
}
