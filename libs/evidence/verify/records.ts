import { leafHashOfBytes } from '#core/audit/leaf-hash.js';
import { NoteError } from '#core/audit/note/note-error.js';
import { parseProof } from '#core/audit/note/tlog-proof.js';
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

/** What is no UTF-8 only fits nothing. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

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
    const bytes = inspection.files.get(proofPath);
    if (bytes === undefined) report.fail(BUNDLE_EXIT.fileMissing, 'file.missing', proofPath);
    if (bytes === undefined || pinned === null) continue;
    if (report.isDamaged(proofPath) || report.isDamaged(path)) continue;
    const proof = utf8.decode(bytes);
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
  /** Text of the tlog-proof. */
  readonly proof: string;
}

/**
 * Why the proof does not lead from the leaf to the root of the pinned checkpoint, which must stand in it word for word; null
 * where it does. Bundles say nothing beside the proof (`extra`).
 */
export function proofFault(
  { machinery }: Inspection,
  { index: leafIndex, leafHash, proof: written }: Claim,
  { note, size, root }: PinnedCheckpoint,
): string | null {
  try {
    const { index: stated, extra, proof, checkpoint } = parseProof(written);
    if (checkpoint !== note) return 'checkpoint';
    if (extra !== null) return 'form';
    if (stated !== leafIndex) return 'index';
    const outcome = verifyInclusion(
      { index: stated, size, leafHash, proof, root },
      machinery.sha256,
    );
    return outcome.ok ? null : outcome.reason;
  } catch (error) {
    if (error instanceof NoteError) return error.reason;
    throw error;
  }
}
