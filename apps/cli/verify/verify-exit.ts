/** Exit codes of `mingcha verify`, the same in every mode. 0 is the only one that says that nothing was found. */
export const VERIFY_EXIT = {
  ok: 0,
  usage: 2,
  /** Not a bundle, a key file or a state file that cannot be read. */
  unreadable: 3,
  /** The database does not answer. */
  databaseAway: 4,
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
  /** A record in the database is not what the log holds. */
  recordEdited: 18,
  /** A record is gone, or is kept out of the log. */
  recordMissing: 19,
  /** The tree is not the one that was signed or that signer, witness or auditor remember. */
  tree: 20,
  /** The log does not answer, or not as a log does. */
  logAway: 21,
} as const;

export type VerifyExit = (typeof VERIFY_EXIT)[keyof typeof VERIFY_EXIT];
