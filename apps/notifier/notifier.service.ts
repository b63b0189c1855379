import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { lastValueFrom, ReplaySubject, tap } from 'rxjs';
import { troubleOf } from '#store/database-trouble.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import type { EventLog } from '#streams/event-log.js';
import { openConfiguredLog } from '#streams/open-event-log.js';
import { pause } from '#streams/retry-pause.js';
import type { Channel } from './channel.js';
import { countWaiting, type WaitingMessages } from './claim-messages.js';
import { drainOutbox, type Round } from './drain-outbox.js';
import { NotifierMetrics } from './metrics.js';
import type { NotifierSettings } from './settings.js';
import { cloudEventForm, jsonForm, TopicChannel } from './topic-channel.js';
import { DATABASE, Troubles } from './troubles.js';

export const SETTINGS = 'NotifierSettings';
export const LOGGER = 'Logger';

/** What is in hand at a stop gets this long; after it the event log is closed under it. */
const STOP_MS = 8_000;

export interface NotifierHealth {
  readonly ready: boolean;
  /** Why messages do not leave; null while they do. */
  readonly reason: string | null;
  readonly waiting: readonly (WaitingMessages & { readonly served: boolean })[];
}

/** Drains the outbox until it is told to stop; finishes what is in hand. */
@Injectable()
export class NotifierService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stop$ = new ReplaySubject<void>(1);
  private log: EventLog | null = null;
  private writer: Writer | null = null;
  private channels: readonly Channel[] = [];
  private done: Promise<unknown> = Promise.resolve();
  private readonly troubles = new Troubles();

  constructor(
    @Inject(SETTINGS) private readonly settings: NotifierSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly metrics: NotifierMetrics,
  ) {}

  /** Neither the database nor the event log has to be there: both are waited for, and health says so. */
  onApplicationBootstrap(): void {
    const { settings, logger } = this;
    this.log = openConfiguredLog(settings.log, logger);
    this.writer = openWriter({
      url: settings.databaseUrl,
      role: 'mingcha_notifier',
      masterKey: null,
      connections: 4,
      applicationName: 'mingcha-notifier',
    });
    this.channels = [
      new TopicChannel('alert-topic', this.log, {
        topic: settings.alertTopic,
        form: cloudEventForm,
      }),
      new TopicChannel('quarantine-topic', this.log, {
        topic: settings.quarantineTopic,
        form: jsonForm,
      }),
    ];
    const rounds$ = drainOutbox(
      {
        pool: this.writer.pool,
        channels: this.channels,
        claimLimit: settings.claimLimit,
        pollMs: settings.pollMs,
      },
      this.stop$,
    );
    this.done = lastValueFrom(rounds$.pipe(tap((round) => this.note(round)))).catch(
      (error: unknown) => logger.error({ err: error }, 'the outbox is no longer drained'),
    );
    logger.info(
      { channels: this.channels.map(({ name }) => name), eventLog: settings.log.kind },
      'notifier started',
    );
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop$.next();
    const stopped = new AbortController();
    void this.done.then(() => stopped.abort());
    await pause(STOP_MS, stopped.signal);
    // A send that still hangs is rejected by this, and its messages are kept for the next notifier.
    await this.log?.close();
    await pause(STOP_MS, stopped.signal);
    if (this.writer !== null) await closeWriter(this.writer);
    this.logger.info('notifier stopped');
  }

  /** Asks the database; rejects where it is away. */
  async health(): Promise<NotifierHealth> {
    const waiting = await this.waiting();
    const served = new Set(this.channels.map(({ name }) => name));
    const reason = this.troubles.reason(new Set(waiting.map(({ channel }) => channel)));
    return {
      ready: reason === null,
      reason,
      waiting: waiting.map((one) => ({ ...one, served: served.has(one.channel) })),
    };
  }

  /** Figures, with the outbox as it is now; without it where the database is away. */
  async figures(): Promise<string> {
    const served = this.channels.map(({ name }) => name);
    const waiting = await this.waiting().catch(() => null);
    if (waiting !== null) this.metrics.setWaiting(waiting, served);
    return this.metrics.registry.metrics();
  }

  private async waiting(): Promise<WaitingMessages[]> {
    if (this.writer === null) throw new Error('The notifier has not started.');
    return countWaiting(this.writer.pool);
  }

  private note(round: Round): void {
    for (const outcome of round.outcomes) {
      this.metrics.countOutcome(outcome);
      if (outcome.refused > 0)
        this.logger.error(
          { err: outcome.error, channel: outcome.channel, messages: outcome.refused },
          'messages were refused and are tried again in an hour',
        );
    }
    const { began, ended } = this.troubles.note(round);
    for (const { what, error } of began)
      this.logger.warn(
        { err: error, what },
        what === DATABASE
          ? `messages cannot be sent; nothing is lost. ${troubleOf(error).text}`
          : 'messages cannot be sent; nothing is lost',
      );
    for (const what of ended) this.logger.info({ what }, 'messages are sent again');
  }
}
