import { type CompactTree, growTree, type OnNode, rootOf } from '#core/audit/tree/hash-tree.js';
import { TILE_HEIGHT } from '#core/audit/tree/tile.js';
import { nativeSha256 } from '../audit-tree/native-sha256.js';
import { hex, sameHash } from './hash-bytes.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';

/** What somebody holds to be the root of the tree with `size` leaves. */
export interface Anchor {
  readonly size: number;
  readonly root: Uint8Array;
  /** `audit_checkpoint`, `audit_tree`, `signer`, `witness` or `auditor`. */
  readonly where: string;
  /** When it was first cosigned, in seconds since 1970; null where that is not known. */
  readonly time: number | null;
}

/** A leaf of which the stored tree and what it stands for say different things. */
interface Conflict {
  readonly leafIndex: number;
  /** Told where the stored tree turns out to be the one that was signed. */
  readonly edited: TrailFinding;
  /** Told where it is not: then the record is right and the tree's node was changed. */
  readonly tile: TrailFinding;
}

/** Conflicts of which more than the number is kept. */
const MOST_CONFLICTS = 10_000;

/** Roots that do not fit of which each is told, should a later one fit. */
const MOST_STRANGE = 1_000;

/** A root of a subtree of 256^n leaves, which a higher tile has to hold. */
export interface UpperNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/**
 * Builds the tree twice over where it has to: `main` over the hashes that the stored tiles hold, and from the first leaf
 * on whose record gives another hash, a second one over what the records give. The next root that was signed tells
 * which of them is true, so that a fault is laid to the record or to the tile, and never blamed on what follows it.
 */
export class TreeJudge {
  private main: CompactTree;
  private told: CompactTree | null = null;
  private mainLeaves: Uint8Array[] = [];
  private toldLeaves: Uint8Array[] = [];
  private conflicts: Conflict[] = [];
  private conflictCount = 0;
  /** Size and anchor of roots that fit neither tree since the last that did. */
  private strange: Anchor[] = [];
  private lastFit: number;
  private upper: UpperNode[] = [];
  private readonly onNode: OnNode = (level, index, hash) => {
    if (level > 0 && level % TILE_HEIGHT === 0)
      this.upper.push({ level: level / TILE_HEIGHT, index, hash });
  };

  constructor(
    start: CompactTree,
    private readonly onFinding: (finding: TrailFinding) => void,
  ) {
    this.main = start;
    this.lastFit = start.size;
  }

  /** A leaf of which tree and record say the same. The bytes must stay as they are until `flush`. */
  agree(hash: Uint8Array): void {
    this.mainLeaves.push(hash);
    if (this.told !== null) this.toldLeaves.push(hash);
  }

  /** A leaf that the stored tree holds as `stored`, and whose record gives `given`. */
  differ(stored: Uint8Array, given: Uint8Array, conflict: Conflict): void {
    if (this.told === null) {
      this.flush();
      this.told = this.main;
    }
    this.mainLeaves.push(stored);
    this.toldLeaves.push(given);
    this.conflictCount += 1;
    if (this.conflicts.length < MOST_CONFLICTS) this.conflicts.push(conflict);
  }

  /** Takes the leaves in; afterwards their bytes may be written over. */
  flush(): void {
    if (this.mainLeaves.length > 0) {
      this.main = kept(growTree(this.main, this.mainLeaves, nativeSha256, this.onNode));
      this.mainLeaves = [];
    }
    if (this.told !== null && this.toldLeaves.length > 0)
      this.told = kept(growTree(this.told, this.toldLeaves, nativeSha256));
    this.toldLeaves = [];
  }

  get size(): number {
    return this.main.size;
  }

  /** The tree as it has been judged so far. */
  get tree(): CompactTree {
    return this.main;
  }

  /** Nodes of higher tiles that have come into being since the last call. */
  takeUpper(): UpperNode[] {
    const { upper } = this;
    this.upper = [];
    return upper;
  }

  /** Compares with a root of exactly this size. That of `audit_tree` is signed by nobody: it excuses nothing. */
  meet(anchor: Anchor): void {
    this.flush();
    if (anchor.where === 'audit_tree' && this.strange.length > 0) return;
    if (sameHash(rootOf(this.main, nativeSha256), 0, anchor.root, 0)) this.fits(anchor, true);
    else if (this.told !== null && sameHash(rootOf(this.told, nativeSha256), 0, anchor.root, 0))
      this.fits(anchor, false);
    else if (this.strange.length < MOST_STRANGE) this.strange.push(anchor);
  }

  /** True where a root was met that this tree does not have, and none since that it has. */
  get isStrange(): boolean {
    return this.strange.length > 0;
  }

  /** What no later root can decide any more: differing records are told as edited, strange roots as another tree. */
  end(): void {
    this.flush();
    this.settle(true);
    const [first] = this.strange;
    if (first === undefined) return;
    const signed = this.strange.find(({ where }) => where !== 'audit_tree') ?? first;
    this.onFinding(
      trailFinding({
        kind: 'tree',
        leafIndex: this.lastFit,
        count: Math.max(1, first.size - this.lastFit),
        what: `root of ${first.size}`,
        where: signed.where,
        expected: hex(first.root),
        found: first.size === this.main.size ? hex(rootOf(this.main, nativeSha256)) : null,
      }),
    );
  }

  /** The tree of this size was signed as it stands: roots that did not fit before were no roots of this log. */
  private fits(anchor: Anchor, main: boolean): void {
    if (!main && this.told !== null) this.main = this.told;
    this.settle(main);
    for (const { size, root, where } of this.strange)
      this.onFinding(
        trailFinding({
          kind: where === 'audit_checkpoint' ? 'checkpoint' : 'tree',
          what: `root of ${size}`,
          where,
          expected: null,
          found: hex(root),
        }),
      );
    this.strange = [];
    this.lastFit = anchor.size;
  }

  private settle(mainIsTrue: boolean): void {
    for (const { edited, tile } of this.conflicts) this.onFinding(mainIsTrue ? edited : tile);
    const left = this.conflictCount - this.conflicts.length;
    const last = this.conflicts.at(-1);
    if (left > 0 && last !== undefined) {
      const { kind, where, what } = mainIsTrue ? last.edited : last.tile;
      const leafIndex = last.leafIndex + 1;
      this.onFinding(trailFinding({ kind, where, what, leafIndex, count: left }));
    }
    this.conflicts = [];
    this.conflictCount = 0;
    this.told = null;
    this.toldLeaves = [];
  }
}

/** Peaks of their own: they would keep the pieces alive in which they lie. */
function kept(tree: CompactTree): CompactTree {
  return { size: tree.size, peaks: tree.peaks.map((peak) => Uint8Array.from(peak)) };
}
