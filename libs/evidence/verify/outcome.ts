import type { OutcomeKey } from './locale/zh.js';

/** Exit codes of a bundle's verification, the same in every verifier (`VERIFY_EXIT` of the command line has the rest). */
export const BUNDLE_EXIT = {
  ok: 0,
  usage: 2,
  /** Not a bundle, a key file or a state file that cannot be read. */
  unreadable: 3,
  /** A file of the bundle was changed. */
  fileChanged: 10,
  /** A file of the bundle is missing, or is one too many. */
  fileMissing: 11,
  /** Manifest or its signature. */
  manifest: 12,
  /** A record of the bundle does not fit its leaf or its proof. */
  proof: 13,
  /** A checkpoint's signature, its keys, or too few witnesses. */
  checkpoint: 14,
  /** A record of an entity's chain is missing, or the chain was joined anew. */
  chain: 15,
  /** Evaluating again gives another outcome. */
  reevaluation: 16,
  /** Two states of the log are not one history. */
  consistency: 17,
} as const;

export type BundleExit = (typeof BUNDLE_EXIT)[keyof typeof BUNDLE_EXIT];

export type OutcomeParams = Readonly<Record<string, string | number>>;

/** One thing found. `code` 0: said for information, not a failure. */
export interface Outcome {
  readonly code: BundleExit;
  /** Names the sentence in `locale/`. */
  readonly key: OutcomeKey;
  /** File or record that is concerned; null where it is the bundle as a whole. */
  readonly place: string | null;
  readonly params: OutcomeParams;
}

/** What was looked at, for the person who reads the result. */
export interface Tally {
  files: number;
  records: number;
  entities: number;
  events: number;
  findings: number;
}

export interface Verification {
  /** In the order of the checks; failures and notes. */
  readonly outcomes: readonly Outcome[];
  readonly tally: Readonly<Tally>;
  /** Code of the first failure; 0 where there is none. */
  readonly exit: BundleExit;
}

/** Many faults of one kind say no more than some of them; the rest is counted. */
const MOST_OF_A_KIND = 100;

/** Collects what the checks find. A file that was found changed is reported once, not by every check that reads it. */
export class Report {
  private readonly found: Outcome[] = [];
  private readonly perKey = new Map<OutcomeKey, number>();
  private readonly damaged = new Set<string>();
  readonly tally: Tally = { files: 0, records: 0, entities: 0, events: 0, findings: 0 };

  /** A failure; `place` also fills the parameter `place` of the sentence. */
  fail(code: BundleExit, key: OutcomeKey, place: string | null, params: OutcomeParams = {}): void {
    if (place !== null && this.damaged.has(place)) return;
    const count = (this.perKey.get(key) ?? 0) + 1;
    this.perKey.set(key, count);
    if (count <= MOST_OF_A_KIND) this.found.push({ code, key, place, params });
  }

  note(key: OutcomeKey, place: string | null, params: OutcomeParams = {}): void {
    this.found.push({ code: 0, key, place, params });
  }

  /** What else is wrong with this file follows from what was said of it. */
  markDamaged(path: string): void {
    this.damaged.add(path);
  }

  isDamaged(path: string): boolean {
    return this.damaged.has(path);
  }

  result(): Verification {
    for (const [key, count] of this.perKey)
      if (count > MOST_OF_A_KIND) this.note('more', null, { key, count: count - MOST_OF_A_KIND });
    const first = this.found.find(({ code }) => code !== 0);
    return { outcomes: this.found, tally: this.tally, exit: first?.code ?? 0 };
  }
}
