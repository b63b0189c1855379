import { compress, uncompress } from 'snappy';

/** Header of the Java library snappy-java ("xerial"): magic, version 1, oldest compatible version 1. */
const HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
const MAGIC_BYTES = 8;
const BLOCK_BYTES = 32 * 1024;

async function uncompressBlock(block: Buffer): Promise<Buffer> {
  const bytes = await uncompress(block, { asBuffer: true });
  return typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
}

/** Compresses the way Kafka's Java clients do: blocks of 32 KiB, each with its length in front. */
export async function frameSnappy(bytes: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = await compress(bytes.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/**
 * Reads both forms found in the wild: framed (Java clients) and one raw block (librdkafka, Go).
 * Throws on a frame that ends within a block.
 */
export async function unframeSnappy(bytes: Buffer): Promise<Buffer> {
  const framed =
    bytes.length >= HEADER.length &&
    bytes.subarray(0, MAGIC_BYTES).equals(HEADER.subarray(0, MAGIC_BYTES));
  if (!framed) return uncompressBlock(bytes);
  const parts: Buffer[] = [];
  let at = HEADER.length;
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at);
    at += 4;
    if (at + length > bytes.length) {
      throw new Error(
        `Snappy frame ends early: block of ${length} bytes at byte ${at} of ${bytes.length}`,
      );
    }
    parts.push(await uncompressBlock(bytes.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(parts);
}
