import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { frameSnappy, unframeSnappy } from './snappy-framing.js';

const compressZstd = promisify(zstdCompress);
const decompressZstd = promisify(zstdDecompress);

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** Off the main thread: a batch of 1 MB takes milliseconds, in which other partitions go on. */
const codecs: Readonly<Record<'snappy' | 'lz4' | 'zstd', Codec>> = {
  snappy: {
    compress: ({ buffer }) => frameSnappy(buffer),
    decompress: unframeSnappy,
  },
  lz4: {
    compress: ({ buffer }) => compressFrame(buffer),
    decompress: (buffer) => decompressFrame(buffer),
  },
  zstd: {
    compress: ({ buffer }) =>
      compressZstd(buffer, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
    decompress: (buffer) => decompressZstd(buffer),
  },
};

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

export const compressionTypes: Readonly<Record<Compression, number>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

/** kafkajs brings only gzip and keeps its codecs in one table per process; calling again is harmless. */
export function registerCodecs(): void {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = () => codecs.snappy;
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => codecs.lz4;
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => codecs.zstd;
}
