import { hash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Header, Headers, Inject, Module, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type DeskOptions, judgeRequest } from './checkpoint-desk.js';

/** Largest request: a checkpoint with many signatures, and its proof. */
const MAX_REQUEST = 128 * 1024;

/** What a signer or a witness serves. */
export interface DeskServerOptions extends DeskOptions {
  /** Its name in figures: signer, witness. */
  readonly name: 'signer' | 'witness';
  /** What a request has to bring as a bearer token; null: anybody may ask, signatures tell who is right. */
  readonly token: string | null;
  readonly logger: Logger;
}

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
}

/** Figures of a signer or witness, in Prometheus form. */
class DeskMetrics {
  readonly registry = new Registry();
  readonly answers = new Counter({
    name: 'mingcha_checkpoint_requests_total',
    help: 'Requests to sign a checkpoint, by the status they were answered with',
    labelNames: ['status'],
    registers: [this.registry],
  });
  readonly size = new Gauge({
    name: 'mingcha_signed_size',
    help: 'Leaves of the last state that was signed, by log',
    labelNames: ['origin'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}

const OPTIONS = 'DeskServerOptions';

@Controller()
class DeskController {
  private readonly metrics = new DeskMetrics();

  constructor(@Inject(OPTIONS) private readonly options: DeskServerOptions) {
    this.showSizes();
  }

  @Post('add-checkpoint')
  addCheckpoint(
    @Req() request: { readonly body: unknown },
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): string {
    const { token, logger } = this.options;
    if (token !== null && !isSame(authorization ?? '', `Bearer ${token}`)) {
      this.count(401);
      reply.status(401).header('content-type', 'text/plain; charset=utf-8');
      return 'A bearer token is needed.\n';
    }
    const body = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
    try {
      const answer = judgeRequest(body, this.options);
      this.count(answer.status);
      if (answer.status === 200) this.showSizes();
      else
        logger.warn(
          { status: answer.status, said: answer.body.trim() },
          'a checkpoint was not signed',
        );
      reply.status(answer.status).header('content-type', answer.contentType);
      return answer.body;
    } catch (error) {
      this.count(500);
      logger.error({ err: error }, 'a checkpoint could not be signed; nothing was given out');
      reply.status(500).header('content-type', 'text/plain; charset=utf-8');
      return 'The state could not be read or stored; nothing was signed.\n';
    }
  }

  @Get('health')
  health(@Res({ passthrough: true }) reply: Reply): object {
    try {
      return { ready: true, reason: null, logs: this.sizes() };
    } catch (error) {
      reply.status(503);
      return { ready: false, reason: (error as Error).message, logs: [] };
    }
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  figures(): Promise<string> {
    return this.metrics.registry.metrics();
  }

  private count(status: number): void {
    this.metrics.answers.inc({ status: String(status) });
  }

  private sizes(): {
    readonly origin: string;
    readonly size: number;
    readonly root: string | null;
  }[] {
    const { logs, state } = this.options;
    return [...logs.keys()].map((origin) => {
      const last = state.last(origin);
      const root = last === null ? null : Buffer.from(last.root).toString('hex');
      return { origin, size: last?.size ?? 0, root };
    });
  }

  private showSizes(): void {
    try {
      for (const { origin, size } of this.sizes()) this.metrics.size.set({ origin }, size);
    } catch (error) {
      this.options.logger.error({ err: error }, 'the state cannot be read');
    }
  }
}

/** Whether two texts are equal, in a time that tells nothing about them. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'));
}

@Module({})
class DeskModule {}

/** The server of a signer or witness: POST /add-checkpoint (C2SP tlog-witness), GET /health, GET /metrics. It listens to nothing yet. */
export async function createDeskServer(
  options: DeskServerOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ bodyLimit: MAX_REQUEST, requestTimeout: 30_000 });
  const app = await NestFactory.create<NestFastifyApplication>(
    {
      module: DeskModule,
      controllers: [DeskController],
      providers: [{ provide: OPTIONS, useValue: options }],
    },
    adapter,
    { bodyParser: false, logger: ['error', 'warn'], abortOnError: false },
  );
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  return app;
}
