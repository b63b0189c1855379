import { partitionOfKey } from './partition-of-key.js';

/**
 * A key for each partition, in their order, so that a record can be sent to all of them. The same number of partitions
 * gives the same keys.
 */
export function keyPerPartition(partitions: number): string[] {
  const keys: string[] = [];
  let found = 0;
  for (let n = 0; found < partitions; n += 1) {
    const key = `beat-${n}`;
    const partition = partitionOfKey(key, partitions);
    if (keys[partition] !== undefined) continue;
    keys[partition] = key;
    found += 1;
  }
  return keys;
}
