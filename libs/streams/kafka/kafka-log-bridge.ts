import kafkajs, { type logCreator } from 'kafkajs';
import type { StreamLogger } from '../stream-logger.js';

/**
 * kafkajs logs each retry as an error of its own, several a second while a broker is away. All of it
 * goes to debug; that the log is away, and that it is back, is logged once by the subscription.
 */
export const bridgeKafkaLog =
  (logger: StreamLogger): logCreator =>
  () =>
  ({ namespace, level, log }) => {
    const { message, timestamp: _, ...fields } = log;
    logger.debug({ ...fields, namespace, kafkaLevel: kafkajs.logLevel[level] }, message);
  };
