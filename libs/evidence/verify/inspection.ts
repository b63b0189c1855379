import type { Sha256 } from '#core/audit/leaf-hash.js';
import { BUNDLE_EXIT, type BundleExit, type Report } from './outcome.js';
import { type Shape, ShapeError } from './shape.js';

/** What a verifier needs of the machine that it runs on. */
export interface Machinery {
  /** 32 bytes. */
  readonly sha256: Sha256;
  /** Lower-case hex. */
  readonly sha256Hex: (bytes: Uint8Array | string) => string;
  /** Lower-case hex; null where this machine has no SM3. */
  readonly sm3Hex: ((bytes: Uint8Array) => string) | null;
  readonly verifyEd25519: (
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ) => boolean;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The files of a bundle while they are being looked at, and what was found so far. */
export class Inspection {
  constructor(
    readonly files: ReadonlyMap<string, Uint8Array>,
    readonly machinery: Machinery,
    readonly report: Report,
  ) {}

  /** Text of a file; null, and reported, where it is missing or not UTF-8. */
  text(path: string): string | null {
    const bytes = this.files.get(path);
    if (bytes === undefined) {
      this.report.fail(BUNDLE_EXIT.fileMissing, 'file.missing', path);
      this.report.markDamaged(path);
      return null;
    }
    try {
      return utf8.decode(bytes);
    } catch {
      this.report.fail(BUNDLE_EXIT.unreadable, 'file.not-utf8', path);
      return null;
    }
  }

  /** A JSON file read as what it should be; null, and reported, where it is something else. */
  json<T>(path: string, shape: Shape<T>): T | null {
    const written = this.text(path);
    return written === null ? null : this.parse(path, written, shape);
  }

  /** JSON text found in a file; null, and reported under the file's name, where it is not what it should be. */
  parse<T>(
    path: string,
    written: string,
    shape: Shape<T>,
    code: BundleExit = BUNDLE_EXIT.unreadable,
  ): T | null {
    try {
      return shape(JSON.parse(written), '');
    } catch (error) {
      const at = error instanceof ShapeError ? error.at : '';
      const expected = error instanceof ShapeError ? error.expected : 'JSON';
      this.report.fail(code, 'file.malformed', path, { at, expected });
      return null;
    }
  }

  /** Paths below a folder, sorted. */
  below(folder: string): string[] {
    const found: string[] = [];
    for (const path of this.files.keys()) if (path.startsWith(folder)) found.push(path);
    return found.sort();
  }
}
