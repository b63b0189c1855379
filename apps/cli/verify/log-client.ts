import { readBounded } from '#audit-keys/read-bounded.js';
import { HASH_BYTES } from '#core/audit/tree/hash-tree.js';
import { TILE_WIDTH, type TileAt, tilePath } from '#core/audit/tree/tile.js';

/** Longest wait for one answer. */
const ANSWER_MS = 30_000;
const ATTEMPTS = 3;
/** Largest answers that are read, bytes: a note, a tile, 256 entries of at most 65,535 bytes. */
export const MOST_NOTE = 1 << 20;
const MOST_TILE = TILE_WIDTH * HASH_BYTES;
export const MOST_ENTRIES = TILE_WIDTH * 65_537;

/** The log does not answer, or not as a log does; the message names the address and why. */
export class LogAwayError extends Error {
  constructor(address: string, why: string) {
    super(`${address}: ${why}`);
    this.name = 'LogAwayError';
  }
}

/** Reads a log over HTTP as C2SP tlog-tiles has it. Every answer is bounded in size and time. */
export class LogClient {
  /** @param base address of the log, under which `checkpoint` and `tile/…` lie */
  constructor(private readonly base: string) {}

  /** The bytes at a path; null where there are none (404). @throws LogAwayError */
  async read(path: string, most: number): Promise<Buffer | null> {
    const address = `${this.base.replace(/\/+$/, '')}/${path}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await readOnce(address, most);
      } catch (error) {
        if (
          attempt === ATTEMPTS ||
          (error instanceof LogAwayError && !/HTTP 5/.test(error.message))
        )
          throw error instanceof LogAwayError ? error : new LogAwayError(address, reasonOf(error));
        await new Promise((resolve) => setTimeout(resolve, 200 * attempt));
      }
    }
  }

  /** The hashes of a tile; of a partial one that is gone meanwhile, those of the full one. @throws LogAwayError */
  async tile(at: TileAt): Promise<Buffer> {
    const path = tilePath(at);
    const found =
      (await this.read(path, MOST_TILE)) ??
      (at.width < TILE_WIDTH
        ? await this.read(tilePath({ ...at, width: TILE_WIDTH }), MOST_TILE)
        : null);
    const bytes = at.width * HASH_BYTES;
    if (found === null || found.length < bytes || found.length % HASH_BYTES !== 0)
      throw new LogAwayError(path, found === null ? 'HTTP 404' : `${found.length} B`);
    return found.subarray(0, bytes);
  }
}

async function readOnce(address: string, most: number): Promise<Buffer | null> {
  const answer = await fetch(address, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (answer.status === 404) {
    await answer.body?.cancel();
    return null;
  }
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new LogAwayError(address, `HTTP ${answer.status}`);
  }
  const bytes = await readBounded(answer, most);
  if (bytes === null) throw new LogAwayError(address, `> ${most} B`);
  return bytes;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
