const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const REFUSED_MS = 3_600_000;

/** Pause before the next try of a message that was tried `attempts` times: 1 s, doubling, at most a minute. */
export function retryAfterMs(attempts: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(Math.max(attempts, 1) - 1, 16));
}

/** Pause of a refused message: an hour, in which somebody may have changed what refuses it. */
export function refusedAfterMs(): number {
  return REFUSED_MS;
}
