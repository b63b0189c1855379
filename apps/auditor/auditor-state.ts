import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type CompactTree, EMPTY_TREE, peaksOf } from '#core/audit/tree/hash-tree.js';

/** Faults that are remembered as told; beyond them only their number is. */
export const MOST_TOLD = 10_000;

const FILE = 'auditor.json';
const HASH = /^[0-9a-f]{64}$/;

/** The auditor's folder cannot be used; the message says why and what to do. */
export class AuditorStateError extends Error {
  constructor(folder: string, why: string) {
    super(`The auditor's state folder ${folder}: ${why}.`);
    this.name = 'AuditorStateError';
  }
}

/**
 * What the auditor remembers between two starts: the tree up to which it found everything in order, and which faults it
 * has told. On disk when `save` returns; a crash leaves the earlier state or this one.
 */
export class AuditorState {
  private constructor(
    private readonly folder: string,
    /** The last tree that was judged and fitted. */
    public tree: CompactTree,
    readonly told: Set<string>,
  ) {}

  /** @throws AuditorStateError where the folder cannot be written or its file is damaged */
  static open(folder: string): AuditorState {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const text = readFileSync(join(folder, FILE), 'utf8');
      const read = parse(text);
      if (read === null)
        throw new AuditorStateError(
          folder,
          `${FILE} is damaged. Find out why before you remove it: without it the auditor begins anew and cannot tell whether the trail was rewritten meanwhile`,
        );
      return new AuditorState(folder, read.tree, new Set(read.told));
    } catch (error) {
      if (error instanceof AuditorStateError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return new AuditorState(folder, EMPTY_TREE, new Set());
      throw new AuditorStateError(folder, `it cannot be used (${code})`);
    }
  }

  save(): void {
    const { size, peaks } = this.tree;
    const text = JSON.stringify({
      size,
      peaks: peaks.map((peak) => Buffer.from(peak).toString('hex')),
      told: [...this.told],
    });
    const file = join(this.folder, FILE);
    const fd = openSync(`${file}.new`, 'w', 0o600);
    try {
      writeSync(fd, `${text}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(`${file}.new`, file);
    const folder = openSync(this.folder, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}

function parse(text: string): { tree: CompactTree; told: string[] } | null {
  try {
    const { size, peaks, told } = JSON.parse(text) as Record<string, unknown>;
    if (typeof size !== 'number' || !Array.isArray(peaks) || !Array.isArray(told)) return null;
    if (peaks.length !== peaksOf(size).length) return null;
    if (!peaks.every((peak) => typeof peak === 'string' && HASH.test(peak))) return null;
    if (!told.every((key) => typeof key === 'string')) return null;
    const bytes = (peaks as string[]).map((peak) => Uint8Array.from(Buffer.from(peak, 'hex')));
    return { tree: { size, peaks: bytes }, told: told as string[] };
  } catch {
    return null;
  }
}
