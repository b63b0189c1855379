import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import type { Payload } from './bag.js';

/** The files of `data/` while they are being put together. No path is given twice. */
export class PayloadFiles {
  private readonly files = new Map<string, Uint8Array>();

  bytes(path: string, bytes: Uint8Array): void {
    const full = `data/${path}`;
    if (this.files.has(full)) throw new Error(`${full} is written twice`);
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
