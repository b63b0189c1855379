import { leafHashOfBytes } from '#core/audit/leaf-hash.js';
import { parseHash } from '#core/audit/note/checkpoint.js';
import { sameBytes } from '#core/audit/tree/hash-tree.js';
import { verifyInclusion } from '#core/audit/tree/proof.js';
import type { Inspection } from './inspection.js';
import type { PinnedCheckpoint } from './log.js';
import { BUNDLE_EXIT } from './outcome.js';
import { anyObject, hex, index, object, orNull, type Shape, text } from './shape.js';

/** What a verifier reads of a leaf (libs/core/audit/audit-record.ts). */
export interface Leaf {
  readonly id: string;
  readonly time: string;
  readonly action: string;
  readonly object: string;
  readonly schema: string;
  readonly entity: string | null;
  readonly entitySeq: number | null;
  readonly prev: string | null;
  readonly ruleVersion: string | null;
  readonly inputsDigest: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A record of the bundle that stands in the log where its proof says. */
export interface BundleRecord {
  readonly index: number;
  /** `data/records/<index>.json`. */
  readonly path: string;
  readonly leafHash: Uint8Array;
  readonly leaf: Leaf;
}

export const LEAF: Shape<Leaf> = object<Leaf>({
  id: text,
  time: text,
  action: text,
  object: text,
  schema: text,
  entity: orNull(text),
  entitySeq: orNull(index),
  prev: orNull(hex(32)),
  ruleVersion: orNull(text),
  inputsDigest: orNull(hex(32)),
  fields: anyObject,
});

const FOLDER = 'data/records/';
const PROOFS = 'data/proofs/';
const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

const ascii = new TextDecoder('latin1');

export function recordPath(leafIndex: number): string {
  return `${FOLDER}${leafIndex}.json`;
}

/**
 * Every record with its leaf hash and its way to the pinned checkpoint, by leaf index. Those that fail are reported and
 * still given, so that the checks of chains and payloads can say what else is wrong. Without a checkpoint no proof is followed.
 */
export function inspectRecords(
  inspection: Inspection,
  pinned: PinnedCheckpoint | null,
): ReadonlyMap<number, BundleRecord> {
  const { report } = inspection;
  const records = new Map<number, BundleRecord>();
  for (const path of inspection.below(FOLDER)) {
    const number = /^data\/records\/(0|[1-9]\d{0,15})\.json$/.exec(path)?.[1];
    if (number === undefined) {
      report.fail(BUNDLE_EXIT.fileMissing, 'file.extra', path);
      continue;
    }
    const leafIndex = Number(number);
    const record = readRecord(inspection, path, leafIndex);
    if (record === null) continue;
    records.set(leafIndex, record);
    const proofPath = `${PROOFS}${leafIndex}.tlog-proof`;
    const proof = inspection.files.get(proofPath);
    if (proof === undefined) report.fail(BUNDLE_EXIT.fileMissing, 'file.missing', proofPath);
    if (proof === undefined || pinned === null) continue;
    if (report.isDamaged(proofPath) || report.isDamaged(path)) continue;
    const reason = proofFault(inspection, { ...record, proof }, pinned);
    if (reason !== null)
      report.fail(BUNDLE_EXIT.proof, 'record.proof', path, { reason, proof: proofPath });
  }
  for (const path of inspection.below(PROOFS)) {
    const number = /^data\/proofs\/(\d+)\.tlog-proof$/.exec(path)?.[1];
    if (number === undefined || !inspection.files.has(`${FOLDER}${number}.json`))
      report.fail(BUNDLE_EXIT.fileMissing, 'record.missing', `${FOLDER}${number ?? ''}.json`, {
        proof: path,
      });
  }
  report.tally.records = records.size;
  return records;
}

function readRecord(inspection: Inspection, path: string, leafIndex: number): BundleRecord | null {
  const bytes = inspection.files.get(path);
  const leaf = inspection.json(path, LEAF);
  if (leaf === null || bytes === undefined) return null;
  const leafHash = leafHashOfBytes(bytes, inspection.machinery.sha256);
  return { index: leafIndex, path, leafHash, leaf };
}

/** That a leaf stands at a place of the log. */
export interface Claim {
  readonly index: number;
  readonly leafHash: Uint8Array;
  /** Bytes of the tlog-proof. */
  readonly proof: Uint8Array;
}

/** Why the proof does not lead from the leaf to the root of the pinned checkpoint, which must stand in it word for word; null where it does. */
export function proofFault(
  { machinery }: Inspection,
  { index: leafIndex, leafHash, proof: written }: Claim,
  { end, size, root }: PinnedCheckpoint,
): string | null {
  const head = written.length - end.length;
  if (head < 0 || !sameBytes(written.subarray(head), end)) return 'checkpoint';
  const [first, second, ...lines] = ascii.decode(written.subarray(0, head)).split('\n');
  if (first !== FIRST_LINE) return 'form';
  if (second !== `index ${leafIndex}`) return 'index';
  const proof = lines.map(parseHash);
  if (proof.includes(null)) return 'form';
  const outcome = verifyInclusion(
    { index: leafIndex, size, leafHash, proof: proof as Uint8Array[], root },
    machinery.sha256,
  );
  return outcome.ok ? null : outcome.reason;
}
