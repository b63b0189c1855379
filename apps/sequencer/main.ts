import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { SettingsError } from '#settings/env-reader.js';
import { sequencerModule } from './sequencer.module.js';
import { readSettings } from './settings.js';

/** What is in hand at a stop gets this long; after it the process ends all the same, and the batch is done again. */
const STOP_MS = 20_000;

const logger = pino({ name: 'sequencer' }, pino.destination(2));

/** Ends with code 0 after a signal, or with the code that was set before it. */
function stopOnSignal(app: INestApplication): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    const giveUp = setTimeout(() => {
      logger.error('stopping took too long; what was in hand is not saved and will be done again');
      process.exit(1);
    }, STOP_MS);
    await app.close();
    clearTimeout(giveUp);
    process.exit(process.exitCode ?? 0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => {
      stop().catch((error: unknown) => {
        logger.fatal({ err: error }, 'the sequencer could not stop in order; nothing is lost');
        process.exit(1);
      });
    });
}

try {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const app = await NestFactory.create(sequencerModule(settings, logger), new FastifyAdapter(), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  stopOnSignal(app);
  await app.listen(settings.metricsPort, settings.host);
  logger.info({ address: await app.getUrl() }, 'health and metrics');
} catch (error) {
  const known = error instanceof SettingsError;
  if (known) process.stderr.write(`${error.message}\n`);
  else logger.fatal({ err: error }, 'the sequencer could not start');
  process.exit(known ? 2 : 1);
}
