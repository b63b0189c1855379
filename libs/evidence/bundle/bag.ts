import { createHash } from 'node:crypto';
import {
  BAG_DECLARATION,
  BUNDLE_FORMAT,
  contentLines,
  MANIFEST_SIGNATURE,
} from '../verify/format.js';
import { writeZip } from '../zip.js';

/** Signs notes; the key of the office that exports. */
export interface ExportKey {
  readonly name: string;
  /** The signature line over a note's text, with its line feed. */
  line(text: string, timeSeconds: number): string;
}

/** Files of `data/`, by path from the top of the bundle. */
export type Payload = ReadonlyMap<string, Uint8Array>;

export interface FileDigests {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly sm3: string;
}

const digestOf = (algorithm: string, bytes: Uint8Array | string): string =>
  createHash(algorithm).update(bytes).digest('hex');

/** Digests of files that are put together already: the list, the description and the manifests ask for the same. */
const known = new WeakMap<Uint8Array, FileDigests>();

/** Digests of a file, whose bytes no longer change. */
export function digestsOf(path: string, bytes: Uint8Array): FileDigests {
  const found = known.get(bytes);
  if (found?.path === path) return found;
  const digests = {
    path,
    size: bytes.length,
    sha256: digestOf('sha256', bytes),
    sm3: digestOf('sm3', bytes),
  };
  known.set(bytes, digests);
  return digests;
}

const inOrder = (a: FileDigests, b: FileDigests): number => (a.path < b.path ? -1 : 1);

/** Digest of what a bundle says about its scope: equal for equal scope and state of the trail. */
export function contentDigest(files: readonly FileDigests[]): string {
  return digestOf('sha256', contentLines(files.map(({ path, sha256 }) => [path, sha256])));
}

export interface BagInfo {
  readonly number: string;
  readonly edition: string;
  /** Local date of China of the pinned state. */
  readonly date: string;
  readonly organization: string;
  readonly description: string;
}

export interface Bag {
  readonly bytes: Uint8Array;
  readonly files: number;
  /** Hex SHA-256 of the zip. */
  readonly digest: string;
  readonly contentDigest: string;
}

/**
 * Puts a bag (RFC 8493) around the payload, signs its tag manifest and makes the zip. The same payload, information and key
 * give the same bytes: Ed25519 signatures have no randomness.
 */
export function makeBag(payload: Payload, info: BagInfo, key: ExportKey): Bag {
  const files = [...payload].map(([path, bytes]) => digestsOf(path, bytes)).sort(inOrder);
  const manifest = (of: (file: FileDigests) => string) =>
    files.map((file) => `${of(file)}  ${file.path}\n`).join('');
  const content = contentDigest(files);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const tags = new Map<string, string>([
    ['bag-info.txt', bagInfo(info, { content, total, files: files.length })],
    ['bagit.txt', BAG_DECLARATION],
    ['manifest-sha256.txt', manifest(({ sha256 }) => sha256)],
    ['manifest-sm3.txt', manifest(({ sm3 }) => sm3)],
  ]);
  const tagManifest = [...tags]
    .map(([path, text]) => `${digestOf('sha256', text)}  ${path}\n`)
    .join('');
  const note = `${BUNDLE_FORMAT}\n${info.number}\n${info.edition}\n${digestOf('sha256', tagManifest)}\n`;
  const encoder = new TextEncoder();
  const bytes = writeZip([
    ...[...payload].map(([path, content]) => ({ path, bytes: content })),
    ...[
      ...tags,
      ['tagmanifest-sha256.txt', tagManifest] as const,
      [MANIFEST_SIGNATURE, `${note}\n${key.line(note, 0)}`] as const,
    ].map(([path, text]) => ({ path, bytes: encoder.encode(text) })),
  ]);
  return {
    bytes,
    files: payload.size + tags.size + 2,
    digest: digestOf('sha256', bytes),
    contentDigest: content,
  };
}

function bagInfo(
  { number, edition, date, organization, description }: BagInfo,
  counted: { readonly content: string; readonly total: number; readonly files: number },
): string {
  return [
    `Source-Organization: ${organization}`,
    `External-Identifier: ${number}`,
    `External-Description: ${description}`,
    `Bagging-Date: ${date}`,
    `Payload-Oxum: ${counted.total}.${counted.files}`,
    `Bundle-Edition: ${edition}`,
    `Content-Digest: sha256:${counted.content}`,
    '',
  ].join('\n');
}
