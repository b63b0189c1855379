import { TILE_WIDTH } from './tile.js';

/** Bytes that one entry may have: its length is written as an unsigned 16-bit number. */
export const MAX_ENTRY_BYTES = 65_535;

/** Thrown where bytes are no bundle of entries, or entries do not fit into one. */
export class EntryBundleError extends Error {
  constructor(message: string) {
    super(`Entry bundle: ${message}`);
    this.name = 'EntryBundleError';
  }
}

/**
 * Entry bundle (C2SP tlog-tiles): each leaf's bytes after their length as a big-endian 16-bit number. At most 256 leaves of at
 * most 65,535 bytes; throws EntryBundleError naming the leaf otherwise.
 */
export function encodeEntries(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length > TILE_WIDTH)
    throw new EntryBundleError(`${leaves.length} entries; 256 is the most.`);
  const bytes = new Uint8Array(leaves.reduce((sum, leaf) => sum + 2 + leaf.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [index, leaf] of leaves.entries()) {
    if (leaf.length > MAX_ENTRY_BYTES)
      throw new EntryBundleError(
        `entry ${index} has ${leaf.length} bytes; ${MAX_ENTRY_BYTES} is the most.`,
      );
    view.setUint16(at, leaf.length);
    bytes.set(leaf, at + 2);
    at += 2 + leaf.length;
  }
  return bytes;
}

/** The leaves' bytes (views, not copies). Throws EntryBundleError where an entry is cut off or there are more than 256. */
export function decodeEntries(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const leaves: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (leaves.length === TILE_WIDTH)
      throw new EntryBundleError(`${bytes.length - at} bytes follow on entry 255.`);
    const end = at + 2 <= bytes.length ? at + 2 + view.getUint16(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length)
      throw new EntryBundleError(`entry ${leaves.length} is cut off at byte ${bytes.length}.`);
    leaves.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return leaves;
}
