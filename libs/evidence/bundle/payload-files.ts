import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { ExportError } from '../request/export-error.js';
import type { Payload } from './bag.js';

/** Verifiers read no zip of 2 GB; headers and manifests come on top of the files. */
const MOST_PAYLOAD = 1_900_000_000;

/** The files of `data/` while they are being put together. No path is given twice. */
export class PayloadFiles {
  private readonly files = new Map<string, Uint8Array>();
  private total = 0;

  constructor(private readonly most = MOST_PAYLOAD) {}

  /** Throws ExportError where the files come to more than a bundle holds. */
  bytes(path: string, bytes: Uint8Array): void {
    const full = `data/${path}`;
    if (this.files.has(full)) throw new Error(`${full} is written twice`);
    this.total += bytes.length;
    if (this.total > this.most)
      throw new ExportError('too-many-bytes', {
        bytes: this.total,
        most: this.most,
        over: this.total - this.most,
      });
    this.files.set(full, bytes);
  }

  text(path: string, text: string): void {
    this.bytes(path, Buffer.from(text, 'utf8'));
  }

  /** RFC 8785 text and a line feed. */
  json(path: string, value: JsonValue): void {
    this.text(path, `${canonicalJson(value)}\n`);
  }

  get payload(): Payload {
    return this.files;
  }
}
