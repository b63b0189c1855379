const ABOUT_MANY_CASES = /^(feed|catalog|calendar|org)\./;

/**
 * True for events about feeds and for reference facts: they belong to no case, and every partition needs them, since
 * coverage is counted, and order is certain, within a partition only.
 */
export function isForEveryPartition(type: string): boolean {
  return ABOUT_MANY_CASES.test(type);
}
