import { pino } from 'pino';
import { from, mergeMap } from 'rxjs';
import { createDecoder } from '#core/event/decode.js';
import { feedOf } from '#rulebook/city.js';
import { saveStep } from '#store/save-step.js';
import { type EventToSave, emptyStep } from '#store/step-to-save.js';
import { loadPositions } from '#store/stream-positions.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import type { DeliveredBatch } from '#streams/event-log.js';
import { openEventLog } from '#streams/open-event-log.js';
import { decodeRecords } from '../apps/monitor/decode-records.js';
import { type MonitorSettings, readSettings } from '../apps/monitor/settings.js';

/**
 * The bare limit of the pipeline, a program with the monitor's settings: the same records consumed and decoded, event,
 * identity and audit rows written by the store's own code in batches of the same size, one transaction each with the
 * position. No case is loaded, no rule asked, no chain kept.
 */
const settings = readSettings(process.env);
const logger = pino({ name: 'bare-limit', level: 'info' }, pino.destination(2));
const writer = openWriter({
  url: settings.databaseUrl,
  role: 'mingcha_monitor',
  masterKey: null,
  connections: 6,
});
const decoder = createDecoder({ feeds: (source) => feedOf(settings.city, source) });
/** Records that come more than once (repeats of a feed, reference facts of every partition) are saved once. */
const seen = new Set<string>();

async function saveBare(batch: DeliveredBatch, to: Writer): Promise<void> {
  const decoded = decodeRecords(batch.records, decoder, { fromHeader: true, now: Date.now });
  const events: EventToSave[] = decoded.read.map(({ event, record }) => {
    const version = `${event.source}\n${event.id}\n${event.rawDigest}`;
    const outcome = seen.has(version) ? ('duplicate' as const) : ('accepted' as const);
    seen.add(version);
    const { topic, partition, offset } = record;
    return { event, raw: record.value ?? new Uint8Array(), topic, partition, offset, outcome };
  });
  const { topic, partition, startOffset, nextOffset } = batch;
  const at = decoded.lastReceivedAt ?? 0;
  await saveStep(to, {
    ...emptyStep('bare', at),
    stream: { topic, partition, fromOffset: startOffset, nextOffset, consumedThrough: at },
    events,
  });
  batch.settle();
}

async function main({ topic, groupId, maxRecords, eventLog }: MonitorSettings): Promise<void> {
  const log = openEventLog(eventLog, process.env, logger);
  const subscription = log.subscribe({
    topic,
    groupId,
    maxRecords,
    positionOf: async (partition) => {
      const saved = await loadPositions(writer.pool, topic);
      return saved.find((one) => one.partition === partition)?.nextOffset ?? null;
    },
  });
  subscription.batches$.pipe(mergeMap((batch) => from(saveBare(batch, writer)))).subscribe({
    error: (error: unknown) => {
      logger.fatal({ err: error }, 'the bare limit cannot be measured');
      process.exit(1);
    },
  });
  process.once('SIGTERM', () => {
    void subscription
      .close()
      .then(() => log.close())
      .then(() => closeWriter(writer));
  });
}

await main(settings);
