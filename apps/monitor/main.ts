import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { RulebookError } from '#rulebook/load-rules.js';
import { KafkaSettingsError } from '#streams/kafka/kafka-settings.js';
import { monitorModule } from './monitor.module.js';
import { readSettings, SettingsError } from './settings.js';

const logger = pino(
  { name: 'monitor', level: process.env.LOG_LEVEL ?? 'info' },
  pino.destination(2),
);

try {
  const settings = readSettings(process.env);
  const app = await NestFactory.create(monitorModule(settings, logger), new FastifyAdapter(), {
    logger: ['error', 'warn'],
  });
  app.enableShutdownHooks();
  await app.listen(settings.metricsPort, '127.0.0.1');
  logger.info({ address: await app.getUrl() }, 'health and metrics');
} catch (error) {
  const known =
    error instanceof SettingsError ||
    error instanceof RulebookError ||
    error instanceof KafkaSettingsError;
  if (known) process.stderr.write(`${error.message}\n`);
  else logger.fatal({ err: error }, 'the monitor could not start');
  process.exit(known ? 2 : 1);
}
