const FIRST_WORD_MS = 2_000;
const NEXT_WORDS_MS = 10_000;

/** Writes one line for the person at the terminal to stderr; stdout belongs to results. */
export function say(text: string): void {
  process.stderr.write(`mingcha: ${text}\n`);
}

/**
 * Runs `work`. Where it takes longer than two seconds, says on stderr that it is under way, again
 * every ten seconds, and how long it took in the end. Passes result and error through.
 */
export async function withProgress<T>(label: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  let told = false;
  const tell = () => {
    say(told ? `${label} (${seconds()} s)` : label);
    told = true;
    timer = setTimeout(tell, NEXT_WORDS_MS);
    timer.unref();
  };
  let timer = setTimeout(tell, FIRST_WORD_MS);
  timer.unref();
  try {
    const result = await work();
    if (told) say(`${label}: done in ${seconds()} s`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}
