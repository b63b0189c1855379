import type { Logger } from 'pino';
import { createDecoder, type Decoder } from '#core/event/decode.js';
import { feedOf } from '#rulebook/city.js';
import type { EventLog } from '#streams/event-log.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { KafkaEventLog } from '#streams/kafka/kafka-event-log.js';
import { AlertSignal } from '../alerts/alert-signal.js';
import { CurrentCalendars } from '../law/current-calendars.js';
import { CurrentLaw } from '../law/current-law.js';
import { Metrics } from '../metrics/metrics.js';
import type { ApiSettings } from '../settings.js';
import { Database } from './database.js';

/** Everything that the controllers share; opened once, closed once. Opening connects to nothing. */
export class Resources {
  readonly database: Database;
  readonly law: CurrentLaw;
  readonly calendars: CurrentCalendars;
  readonly eventLog: EventLog;
  readonly decoder: Decoder;
  readonly metrics = new Metrics();
  readonly signal: AlertSignal;

  constructor(
    readonly settings: ApiSettings,
    readonly logger: Logger,
  ) {
    this.database = new Database(settings, logger);
    this.law = new CurrentLaw(settings.rulePlaces, settings.city, this.database);
    this.calendars = new CurrentCalendars(this.database);
    this.eventLog =
      settings.kafka === null
        ? new InboxEventLog({ database: this.database.pool, logger })
        : new KafkaEventLog({ settings: settings.kafka, logger });
    this.decoder = createDecoder({ feeds: (source) => feedOf(settings.city, source) });
    this.signal = new AlertSignal(this.database.pool, logger);
  }

  async open(): Promise<void> {
    await this.database.connect();
  }

  async close(): Promise<void> {
    await this.signal.close();
    await this.eventLog.close();
    await this.database.close();
  }
}
