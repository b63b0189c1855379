import { pause } from '#streams/retry-pause.js';
import type { Telling, Troubles } from './troubles.js';

const LONGEST_PAUSE_MS = 2_000;

export interface Awaited {
  /** What is waited for, as a sentence goes on: `the database`. */
  readonly name: string;
  readonly ask: () => Promise<void>;
  readonly judge?: Telling['judge'];
}

/**
 * Asks until the server answers. Throws what waiting cannot help, and ends quietly once `stop` is aborted, also in the
 * middle of a pause.
 */
export async function untilThere(
  { name, ask, judge }: Awaited,
  troubles: Troubles,
  stop: AbortSignal,
): Promise<void> {
  const telling = { doing: `Waiting for ${name}`, ...(judge === undefined ? {} : { judge }) };
  for (let attempt = 1; !stop.aborted; attempt += 1) {
    try {
      await ask();
      troubles.end(name);
      return;
    } catch (error) {
      if (stop.aborted) return;
      if (!troubles.begin(name, error, telling).passes) throw error;
      await pause(Math.min(LONGEST_PAUSE_MS, 100 * attempt), stop);
    }
  }
}
