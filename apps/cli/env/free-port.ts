import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which systems take the local ports of outgoing connections (Linux: 32768
// and up): a client that keeps trying to reach a stopped server could otherwise be given that very
// port, connect to itself and keep the server from coming back.
const LOWEST = 15_000;
const HIGHEST = 32_000;
const ATTEMPTS = 100;

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * `count` different ports of 127.0.0.1 on which nobody listened a moment ago. Another process may
 * take one before it is used: callers try again with others where their server cannot listen.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; attempt < ATTEMPTS && found.size < count; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!found.has(port) && (await canListen(port))) found.add(port);
  }
  if (found.size < count) {
    throw new Error(
      `no free port of 127.0.0.1 between ${LOWEST} and ${HIGHEST} in ${ATTEMPTS} attempts: ` +
        'stop what listens there, or set DATABASE_URL and KAFKA_BROKERS to servers of your own',
    );
  }
  return [...found];
}
