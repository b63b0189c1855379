import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { SettingsError } from '#settings/env-reader.js';
import { notifierModule } from './notifier.module.js';
import { readSettings } from './settings.js';

const logger = pino({ name: 'notifier' }, pino.destination(2));

try {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const app = await NestFactory.create(notifierModule(settings, logger), new FastifyAdapter(), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await app.listen(settings.metricsPort, settings.host);
  logger.info({ address: await app.getUrl() }, 'health and metrics');
} catch (error) {
  const known = error instanceof SettingsError;
  if (known) process.stderr.write(`${error.message}\n`);
  else logger.fatal({ err: error }, 'the notifier could not start');
  process.exit(known ? 2 : 1);
}
