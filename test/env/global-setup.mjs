import { build } from '../../scripts/build.mjs';

// Jest's global set-up runs outside its module system, so it takes the servers from the build.
async function startServers() {
  await build();
  const { startPostgres } = await import('../../dist/apps/cli/env/postgres-server.js');
  const { startKafka } = await import('../../dist/apps/cli/env/kafka-server.js');
  return Promise.allSettled([startPostgres(), startKafka()]);
}

/**
 * Starts PostgreSQL and Kafka once for the run and names them to the tests as DATABASE_URL and
 * KAFKA_BROKERS. Where Kafka cannot be had, KAFKA_UNAVAILABLE says why, so that tests can skip; a
 * run with CI=true fails instead.
 */
export default async function globalSetup() {
  const [postgres, kafka] = await startServers();
  const started = [postgres, kafka]
    .filter(({ status, value }) => status === 'fulfilled' && value.kind !== 'unavailable')
    .map(({ value }) => value);
  // The first project's servers are the next one's, which finds them named and starts none.
  globalThis.mingchaServers = [...(globalThis.mingchaServers ?? []), ...started];
  try {
    if (postgres.status === 'rejected') throw postgres.reason;
    if (kafka.status === 'rejected') throw kafka.reason;
    if (kafka.value.kind === 'unavailable' && process.env.CI === 'true') {
      throw new Error(`no Kafka to test with: ${kafka.value.detail}`);
    }
  } catch (error) {
    await Promise.all(globalThis.mingchaServers.map((server) => server.stop()));
    throw error;
  }
  process.env.DATABASE_URL = postgres.value.url;
  if (kafka.value.kind === 'running') process.env.KAFKA_BROKERS = kafka.value.brokers.join(',');
  else process.env.KAFKA_UNAVAILABLE = kafka.value.detail;
}
