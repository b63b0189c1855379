// Ends with 0 where the address in MINGCHA_HEALTH_URL answers 200, otherwise with 1 and one line that says what it
// answered: the reason stands in it, and `docker inspect` shows it. Node's own modules only.
const WITHIN_MS = 4_000;

const url = process.env.MINGCHA_HEALTH_URL ?? '';
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(WITHIN_MS) });
  const text = (await answer.text()).slice(0, 2_000);
  process.stdout.write(`${answer.status} ${text}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  const cause = error.cause?.message ?? error.message;
  process.stdout.write(`MINGCHA_HEALTH_URL=${url}: ${cause}\n`);
  process.exitCode = 1;
}
