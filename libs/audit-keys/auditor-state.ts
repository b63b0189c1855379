import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CompactTree, EMPTY_TREE, peaksOf } from '#core/audit/tree/hash-tree.js';
import { replaceDurably } from './durable-file.js';

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
    /** Keys of the faults that were told and stand (`findingKey`); changed in place. */
    readonly told: Set<string>,
  ) {}

  /**
   * Begins to remember, once, before the first start: nothing was judged. Makes the folder where it is missing.
   * @throws AuditorStateError where something is remembered there already, or the folder cannot be written
   */
  static begin(folder: string): AuditorState {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (existsSync(join(folder, FILE)))
        throw new AuditorStateError(folder, 'it holds what an auditor remembers already');
      const state = new AuditorState(folder, EMPTY_TREE, new Set());
      state.save();
      return state;
    } catch (error) {
      if (error instanceof AuditorStateError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw new AuditorStateError(folder, `it cannot be written (${code})`);
    }
  }

  /**
   * What is remembered. Nothing is begun anew: who could remove the folder could otherwise hide that the trail was set back.
   * @throws AuditorStateError where nothing is remembered, or it cannot be read
   */
  static open(folder: string): AuditorState {
    try {
      const text = readFileSync(join(folder, FILE), 'utf8');
      const read = parse(text);
      if (read === null)
        throw new AuditorStateError(
          folder,
          `${FILE} is damaged. Find out why before you remove it: an auditor that begins anew cannot tell whether the trail was rewritten meanwhile`,
        );
      return new AuditorState(folder, read.tree, new Set(read.told));
    } catch (error) {
      if (error instanceof AuditorStateError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT')
        throw new AuditorStateError(
          folder,
          `${FILE} is not there. Before the very first start: mingcha admin begin-audit --state ${folder}. If this auditor has run before, find out who removed it, and run mingcha verify --database with the states of signer and witnesses first`,
        );
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
    replaceDurably(join(this.folder, FILE), `${text}\n`);
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
