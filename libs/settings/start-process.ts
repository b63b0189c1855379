import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type Logger, pino } from 'pino';
import { type Env, SettingsError } from './env-reader.js';
import type { LogLevel } from './shared-settings.js';

/** What is in hand at a stop gets this long; after it the process ends all the same. */
const STOP_MS = 20_000;

/** What a process serves: not listening yet. */
export interface Served {
  readonly app: INestApplication;
  /** 0: any free port. */
  readonly port: number;
  /** What is logged, with the address, once it listens. */
  readonly told: string;
  /** Told with it. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

interface SharedSettings {
  readonly host: string;
  readonly logLevel: LogLevel;
}

export interface ProcessToStart<Settings extends SharedSettings> {
  /** As logs name it. */
  readonly name: string;
  readonly readSettings: (env: Env) => Settings;
  readonly serve: (settings: Settings, logger: Logger) => Promise<Served>;
  /** Errors that only a person can mend before the next start, besides those of the settings. */
  readonly refusals?: readonly (abstract new (
    ...of: never[]
  ) => Error)[];
}

/** A process's module with its health and figures, on a port of their own. */
export async function serveHealth(module: DynamicModule, port: number): Promise<Served> {
  const app = await NestFactory.create(module, new FastifyAdapter(), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  return { app, port, told: 'health and metrics' };
}

/**
 * Reads the environment and starts the process; logs go to standard error as JSON lines. It ends with code 2 and a plain
 * message where something has to be changed first, with 1 where it could not start or not stop in order, and after
 * SIGTERM, SIGINT or SIGHUP with 0 or the code that was set before.
 */
export async function startProcess<Settings extends SharedSettings>(
  toStart: ProcessToStart<Settings>,
): Promise<void> {
  const { name, readSettings, serve, refusals = [] } = toStart;
  const logger = pino({ name }, pino.destination(2));
  try {
    const settings = readSettings(process.env);
    logger.level = settings.logLevel;
    const { app, port, told, facts } = await serve(settings, logger);
    stopOnSignal(app, name, logger);
    await app.listen(port, settings.host);
    logger.info({ address: await app.getUrl(), ...facts }, told);
  } catch (error) {
    const known = [SettingsError, ...refusals].some((refusal) => error instanceof refusal);
    if (known) process.stderr.write(`${(error as Error).message}\n`);
    else logger.fatal({ err: error }, `the ${name} could not start`);
    process.exit(known ? 2 : 1);
  }
}

function stopOnSignal(app: INestApplication, name: string, logger: Logger): void {
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
        logger.fatal({ err: error }, `the ${name} could not stop in order; nothing is lost`);
        process.exit(1);
      });
    });
}
