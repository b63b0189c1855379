import { parseArgs } from 'node:util';
import { type FaultRun, runFaults } from './run-faults.js';

/*
 * node dist/test/faults/main.js [--event-log kafka|inbox] [--cases N] [--days N] [--start DATE] [--seed N]
 *   [--monitors N] [--partitions N] [--monitor-kills N] [--postgres-kills N] [--broker-kills N] [--rebalances N] [--freezes N]
 *
 * Progress on standard error, one JSON summary on standard output; exit code 0 only if the disturbed run left exactly
 * what the undisturbed one left.
 */
const { values } = parseArgs({
  options: {
    'event-log': { type: 'string', default: 'kafka' },
    cases: { type: 'string', default: '300' },
    days: { type: 'string', default: '20' },
    start: { type: 'string', default: '2025-03-03' },
    seed: { type: 'string', default: '1' },
    monitors: { type: 'string', default: '3' },
    partitions: { type: 'string', default: '4' },
    'monitor-kills': { type: 'string', default: '6' },
    'postgres-kills': { type: 'string', default: '6' },
    'broker-kills': { type: 'string', default: '6' },
    rebalances: { type: 'string', default: '3' },
    freezes: { type: 'string', default: '1' },
  },
});

// An orderly end for the monitors and servers that were started here.
process.once('SIGTERM', () => process.exit(1));

const eventLog = values['event-log'] === 'inbox' ? 'inbox' : 'kafka';
const startedAt = performance.now();
const run: FaultRun = {
  eventLog,
  city: {
    seed: Number(values.seed),
    cases: Number(values.cases),
    days: Number(values.days),
    startOn: values.start,
  },
  partitions: Number(values.partitions),
  monitors: Number(values.monitors),
  disturbances: {
    monitorKills: Number(values['monitor-kills']),
    postgresKills: Number(values['postgres-kills']),
    brokerKills: eventLog === 'inbox' ? 0 : Number(values['broker-kills']),
    rebalances: Number(values.rebalances),
    freezes: Number(values.freezes),
  },
  seed: Number(values.seed),
  say: (text) => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stderr.write(`${String(seconds).padStart(5)} s  ${text}\n`);
  },
};

const { report, ...summary } = await runFaults(run);
if (report !== '') process.stderr.write(`${report}\n`);
process.stdout.write(`${JSON.stringify(summary)}\n`);
const same = Object.keys(summary.differences).length === 0 && summary.faults.length === 0;
process.exit(same ? 0 : 1);
