import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { truthOf } from '#simulator/simulate.js';
import { type Command, CommandError, EXIT, readOptions, wholeNumber } from '../command.js';
import { freePorts } from '../env/free-port.js';
import { showDifferences } from '../score/score.command.js';
import { type Score, score } from '../score/score.js';
import { SIMULATE_OPTIONS, SIMULATE_USAGE, simulateOptions } from '../simulate/simulate-options.js';
import { type AuditProcesses, startAuditProcesses } from './audit-processes.js';
import { type DemoCity, startDemoCity } from './demo-city.js';
import { type AppProcess, startApp } from './monitor-process.js';
import { type DemoRun, runDemo, startMonitor, startNotifier } from './run-demo.js';
import { type TrailOutcome, verifyTrail } from './verify-trail.js';

const SAME_SIGNAL_MS = 2_000;

const USAGE = `mingcha demo [--exit] [--event-log kafka|inbox] [--monitors N] [simulation options]

Starts Postgres, Kafka, the monitor, the notifier, sequencer, signer and witness of the audit trail, and the API with the
console on loopback, with a simulated city, lets its events flow through the rules, compares what was found with the simulation's
answer key, and computes the audit trail anew, from the text of each record up to the signed root.
  --exit            drain the stream, print one JSON line and stop; exit code 0 only if every check held
  --event-log X     kafka (default where it can be had) or inbox (Postgres only)
  --monitors N      monitor processes that share the partitions (default 1)
${SIMULATE_USAGE}`;

export const demoCommand: Command = {
  name: 'demo',
  usage: USAGE,
  run: demo,
};

async function demo(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    ...SIMULATE_OPTIONS,
    exit: { type: 'boolean' },
    'event-log': { type: 'string' },
    monitors: { type: 'string' },
  });
  const options = simulateOptions(values);
  const wanted = values['event-log'] ?? process.env.EVENT_LOG ?? 'best';
  if (wanted !== 'kafka' && wanted !== 'inbox' && wanted !== 'best')
    throw new CommandError(`--event-log takes kafka or inbox, not '${wanted}'`);
  const count = wholeNumber(values.monitors, 'monitors', { least: 1, most: 4, otherwise: 1 });
  // Before anything is started: from here on a signal is answered by stopping in order.
  const interrupted = interruption();
  const city = await startDemoCity(wanted, options);
  const apps: AppProcess[] = [];
  try {
    if (interrupted.aborted) return EXIT.failed;
    for (let number = 1; number <= count; number += 1) apps.push(startMonitor(city, number));
    apps.push(startNotifier(city));
    const audit = await startAudit(city, apps);
    if (values.exit !== true) apps.push(await startConsole(city));
    const run = await Promise.race([runDemo(city, options, apps), aborted(interrupted)]);
    if (run === null) return EXIT.failed;
    const outcome = score(truthOf(options), run.findings);
    const trail = await verifyTrail(city.databaseUrl, audit);
    const held = summarise(city, run, { outcome, trail });
    if (values.exit !== true) await serve(interrupted);
    return held ? EXIT.ok : EXIT.failed;
  } catch (error) {
    if (interrupted.aborted) return EXIT.failed;
    process.stderr.write(tailOfLogs(city, count));
    throw error;
  } finally {
    await Promise.all(apps.map((app) => app.stop()));
    await city.stop();
  }
}

/** Prints the summary line; true if every check held. */
function summarise(
  city: DemoCity,
  run: DemoRun,
  { outcome, trail }: { readonly outcome: Score; readonly trail: TrailOutcome },
): boolean {
  const { precision, recall, perRule } = outcome;
  const wrongTimes = outcome.mismatches.filter((one) => one.field === 'since').length;
  const summary = {
    events: run.outcome.events,
    cases: run.outcome.cases,
    findings: run.outcome.findings,
    alerts: run.outcome.alerts,
    held: run.outcome.held,
    retracted: run.outcome.retracted,
    quarantined: run.outcome.quarantined,
    rules: perRule.length,
    leastHits: Math.min(...perRule.map((rule) => rule.expected)),
    leastNearMisses: Math.min(...perRule.map((rule) => rule.nearMisses)),
    precision,
    recall,
    wrongTimes,
    sent: run.outcome.sent,
    unsent: run.outcome.unsent,
    auditSize: trail.size,
    auditRoot: trail.root,
    verified: trail.verified,
    seconds: run.seconds,
    eventLog: city.eventLog,
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  showDifferences(outcome, 5);
  for (const fault of trail.faults.slice(0, 5)) process.stderr.write(`audit trail: ${fault}\n`);
  const isRight = precision === 1 && recall === 1 && wrongTimes === 0;
  return isRight && trail.verified && run.outcome.quarantined === 0 && run.outcome.unsent === 0;
}

/** Sequencer, signer and witness; their keys and states lie in the demo's folder and go with it. */
async function startAudit(city: DemoCity, apps: AppProcess[]): Promise<AuditProcesses> {
  const audit = await startAuditProcesses(city.folder, city.databaseUrl);
  apps.push(...audit.apps);
  return audit;
}

/** Starts the API, which serves the console, before the first event: alerts are seen to appear. */
async function startConsole(city: DemoCity): Promise<AppProcess> {
  const port = process.env.MINGCHA_API_PORT ?? String((await freePorts(1))[0]);
  const api = startApp(
    'api',
    { ...city.env, MINGCHA_API_PORT: port },
    join(city.folder, 'api.log'),
  );
  const address = `http://127.0.0.1:${port}`;
  process.stderr.write(
    `\n  Console  ${address}/alerts\n  API      ${address}/v1/alerts?limit=5, /v1/openapi.json, /health\n` +
      `  Database ${city.databaseUrl.replace(/:[^:@/]+@/, ':***@')}\n  Logs     ${city.folder}\n\n`,
  );
  return api;
}

/** Keeps the demo running until it is interrupted. */
async function serve(interrupted: AbortSignal): Promise<void> {
  process.stderr.write('\nThe console stays open. Ctrl-C stops and removes everything.\n');
  await aborted(interrupted);
}

/**
 * Aborted by the first Ctrl-C, request to end, or closing of the terminal. A second one ends the process at once: what
 * it has started is then ended by those who watch it, and folders are removed all the same.
 */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    let first = 0;
    process.on(signal, () => {
      // npm and a terminal may both pass on one and the same signal.
      const isSecond = interrupted.signal.aborted && Date.now() - first > SAME_SIGNAL_MS;
      if (first === 0) first = Date.now();
      if (isSecond && signal === 'SIGINT') process.exit(EXIT.failed);
      interrupted.abort();
    });
  }
  return interrupted.signal;
}

async function aborted(signal: AbortSignal): Promise<null> {
  if (!signal.aborted) await once(signal, 'abort');
  return null;
}

function tailOfLogs(city: DemoCity, count: number): string {
  let tail = '';
  for (let number = 1; number <= count; number += 1) {
    try {
      const log = readFileSync(join(city.folder, `monitor-${number}.log`), 'utf8');
      tail += `--- monitor ${number}\n${log.split('\n').slice(-8).join('\n').slice(-6_000)}\n`;
    } catch {
      tail += `--- monitor ${number} wrote no log\n`;
    }
  }
  return tail;
}
