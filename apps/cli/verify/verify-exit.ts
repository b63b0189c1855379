import { BUNDLE_EXIT } from '#evidence/verify/outcome.js';

/** Exit codes of `mingcha verify`, the same in every mode. 0 is the only one that says that nothing was found. */
export const VERIFY_EXIT = {
  ...BUNDLE_EXIT,
  /** The database does not answer. */
  databaseAway: 4,
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
