import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { AuditorStateError } from '#audit-keys/auditor-state.js';
import { SettingsError } from '#settings/env-reader.js';
import { auditorModule } from './auditor.module.js';
import { readSettings } from './settings.js';

const logger = pino({ name: 'auditor' }, pino.destination(2));

try {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const app = await NestFactory.create(auditorModule(settings, logger), new FastifyAdapter(), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await app.listen(settings.metricsPort, settings.host);
  logger.info({ address: await app.getUrl() }, 'health and metrics');
} catch (error) {
  const known = error instanceof SettingsError || error instanceof AuditorStateError;
  if (known) process.stderr.write(`${error.message}\n`);
  else logger.fatal({ err: error }, 'the auditor could not start');
  process.exit(known ? 2 : 1);
}
