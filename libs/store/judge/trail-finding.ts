/**
 * What can be wrong with an audit trail in a database.
 *
 * | kind | the fault |
 * | --- | --- |
 * | `edited` | a column, the text or a stored hash of a record is not what the tree holds |
 * | `missing` | a leaf whose record is gone, or an event that a record names and that is not there |
 * | `hidden` | a record without a leaf that the sequencer will never take |
 * | `twice` | one place of the log, or one number, with more than one record |
 * | `chain` | a record of an entity is missing, or names another one as its predecessor |
 * | `index` | a committed index is not that of the entities as of its size |
 * | `unrecorded` | a row of finding or alert history, or an event, without its record |
 * | `clock` | a record's time cannot be that at which it came into the log |
 * | `tile` | a stored node of the tree is not the hash of what lies below it |
 * | `tree` | the tree is not the one that a checkpoint, the signer, a witness or the auditor remembers |
 * | `rollback` | the tree is smaller than somebody remembers it |
 * | `checkpoint` | a checkpoint is not well formed, not signed by the log's key, or lacks witnesses |
 */
export type FindingKind =
  | 'edited'
  | 'missing'
  | 'hidden'
  | 'twice'
  | 'chain'
  | 'index'
  | 'unrecorded'
  | 'clock'
  | 'tile'
  | 'tree'
  | 'rollback'
  | 'checkpoint';

export interface TrailFinding {
  readonly kind: FindingKind;
  /** Id of the record; null where it cannot be told any more. */
  readonly id: string | null;
  /** Place in the log; of several records the first; null: none. */
  readonly leafIndex: number | null;
  /** Records concerned, from `leafIndex` on; 1 as a rule. */
  readonly count: number;
  readonly recordNo: string | null;
  /** What differs: a member of the leaf, or a table and column; ascending sizes for trees and checkpoints. */
  readonly what: string;
  /** Where: table, or `signer`, `witness`, `auditor`. */
  readonly where: string;
  /** As the log, the signature or the sum says; hashes in hex. Null: not applicable. */
  readonly expected: string | null;
  /** As it stands in the database. May hold case content: never to be published. */
  readonly found: string | null;
}

/** Longest text kept of either side of a difference. */
const LONGEST = 160;

export function cut(text: string | null): string | null {
  return text === null || text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

type Given = Pick<TrailFinding, 'kind' | 'what' | 'where'> & Partial<TrailFinding>;

/** A finding with null for all that is not given, and texts cut to what a line holds. */
export function trailFinding(given: Given): TrailFinding {
  return {
    id: null,
    leafIndex: null,
    count: 1,
    recordNo: null,
    ...given,
    expected: cut(given.expected ?? null),
    found: cut(given.found ?? null),
  };
}

/** One text for one fault: the same fault seen again has the same. A tree is another from one place on, whatever its size. */
export function findingKey(finding: TrailFinding): string {
  const { kind, id, leafIndex, recordNo, where } = finding;
  if (kind === 'rollback') return `${kind}|${where}`;
  const what = kind === 'tree' ? '' : finding.what;
  return [kind, id ?? '', leafIndex ?? '', recordNo ?? '', what, where].join('|');
}
