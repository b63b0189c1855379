import { describe, expect, it } from '@jest/globals';
import { type FaultRun, runFaults } from './run-faults.js';

// Kafka: the monitors, the database and the broker die; inbox: the monitors and the database, which holds the log too.
// MINGCHA_LONG=true runs the long form: at least 100,000 events and 50 kills.

const LONG = process.env.MINGCHA_LONG === 'true';
const MINUTE = 60_000;
const hasKafka = process.env.KAFKA_UNAVAILABLE === undefined;

const SHORT_CITY = { seed: 11, cases: 280, days: 16, startOn: '2025-03-03' };
const LONG_CITY = { seed: 12, cases: 7_200, days: 60, startOn: '2025-02-10' };

const runs: readonly FaultRun[] = [
  {
    eventLog: 'kafka',
    city: LONG ? LONG_CITY : SHORT_CITY,
    partitions: 4,
    monitors: 3,
    disturbances: LONG
      ? { monitorKills: 20, postgresKills: 18, brokerKills: 14, rebalances: 10, freezes: 4 }
      : { monitorKills: 3, postgresKills: 3, brokerKills: 3, rebalances: 2, freezes: 1 },
    seed: 1,
    say,
  },
  {
    eventLog: 'inbox',
    city: { ...SHORT_CITY, seed: 13 },
    partitions: 3,
    monitors: 3,
    disturbances: LONG
      ? { monitorKills: 10, postgresKills: 10, brokerKills: 0, rebalances: 5, freezes: 0 }
      : { monitorKills: 3, postgresKills: 3, brokerKills: 0, rebalances: 2, freezes: 0 },
    seed: 2,
    say,
  },
];

/** Progress of the long form; the short one is quiet. */
function say(text: string): void {
  if (LONG) process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

describe('a run in which monitors, database and event log are killed at random moments', () => {
  for (const run of runs)
    (run.eventLog === 'inbox' || hasKafka ? it : it.skip)(
      `leaves what a run in peace leaves: findings, alerts, audit records, positions (${run.eventLog})`,
      async () => {
        const outcome = await runFaults(run);
        const { differences, faults, report, events, falls, peakMonitorMiB, interrupted } = outcome;
        say(JSON.stringify({ ...outcome, report: undefined }));
        if (report !== '') process.stderr.write(`${report}\n`);
        expect({ differences, faults, falls }).toEqual({ differences: {}, faults: [], falls: [] });
        expect(events).toBeGreaterThan(LONG && run.eventLog === 'kafka' ? 100_000 : 3_000);
        expect(peakMonitorMiB).toBeLessThan(512);
        // Otherwise the kills have hit nothing that was under way, and the run has proved nothing.
        expect(interrupted).toBeGreaterThan(0);
      },
      LONG ? 120 * MINUTE : 10 * MINUTE,
    );
});
