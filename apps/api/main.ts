import 'reflect-metadata';
import { pino } from 'pino';
import { SettingsError } from '#settings/env-reader.js';
import { MetricsServer } from './metrics/metrics-server.js';
import { createApp } from './server/create-app.js';
import { Resources } from './server/resources.js';
import { readSettings } from './settings.js';

const STOP_MS = 15_000;

/** Never logged: they may hold personal data or secrets. */
const REDACT = [
  'err.parameters',
  'err.query',
  'err.driverError',
  'err.detail',
  'err.where',
  'err.config',
];

async function start(): Promise<void> {
  const settings = readSettings(process.env);
  const logger = pino({ level: settings.logLevel, name: 'mingcha-api', redact: REDACT });
  const resources = new Resources(settings, logger);
  await resources.open();
  const app = await createApp(resources);
  const metrics = new MetricsServer(resources.metrics);
  let stopping = false;
  const stop = async (why: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.info({ why }, 'Stopping');
    const giveUp = setTimeout(() => {
      logger.error('Stopping took too long; giving up');
      process.exit(1);
    }, STOP_MS);
    // New requests are refused, running ones finish, streams end; only then are the servers let go.
    await app.close();
    await metrics.close();
    await resources.close();
    clearTimeout(giveUp);
    logger.info('Stopped');
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  try {
    await app.listen(settings.port, settings.host);
    const metricsPort = await metrics.listen(settings.host, settings.metricsPort);
    logger.info({ address: await app.getUrl(), metricsPort }, 'Listening');
  } catch (error) {
    await stop('could not listen');
    throw error;
  }
}

try {
  await start();
} catch (error) {
  const told = error instanceof SettingsError || (error instanceof Error && 'problems' in error);
  const busy = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  const hint = busy
    ? '\nThe port is taken. Give MINGCHA_API_PORT and MINGCHA_METRICS_PORT other ports, or 0 for any free one.'
    : '';
  const text =
    error instanceof Error ? (told || busy ? error.message : error.stack) : String(error);
  process.stderr.write(`${text}${hint}\n`);
  // 2: whoever starts it again must change something first.
  process.exitCode = told ? 2 : 1;
}
